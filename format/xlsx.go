package format

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"basin/layer"
)

// maxCell is how many characters a cell of a workbook holds, as UTF-16 counts them.
const maxCell = 32_767

// maxExact is the greatest whole number below which a spreadsheet has all.
const maxExact = 1 << 53

// xlsx writes a workbook of one sheet: gid, the place, then the attributes. Text is text there whatever it begins with: no cell holds a formula.
func (j *job) xlsx() error {
	return j.within(func(dir string) error {
		file := excelize.NewFile(excelize.Options{TmpDir: dir})
		defer file.Close() //nolint:errcheck // its temporary file is gone with the directory
		const first = "Sheet1"
		sheet := cut(j.layer.ID, 31)
		if err := file.SetSheetName(first, sheet); err != nil {
			return fmt.Errorf("workbook: %w", err)
		}
		out, err := file.NewStreamWriter(sheet)
		if err != nil {
			return fmt.Errorf("workbook: %w", err)
		}
		format := "yyyy-mm-dd"
		day, err := file.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			return fmt.Errorf("workbook: %w", err)
		}
		place := j.placeNames()
		cells := []any{"gid"}
		for _, name := range place {
			cells = append(cells, name)
		}
		for _, c := range j.layer.Columns {
			cells = append(cells, cellText(c.Name))
		}
		if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
			return fmt.Errorf("workbook: %w", err)
		}
		if err := out.SetRow("A1", cells); err != nil {
			return fmt.Errorf("workbook: %w", err)
		}
		if err := j.each(func(r layer.Row) error {
			cells, err := j.cells(r, len(place) > 1, day)
			if err != nil {
				return err
			}
			if err := out.SetRow("A"+strconv.Itoa(j.count+1), cells); err != nil {
				return fmt.Errorf("workbook: %w", err)
			}
			return nil
		}); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return fmt.Errorf("workbook: %w", err)
		}
		pack := zip.NewWriter(j.to) // in place of the library's own, which would hold all of it in memory
		file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return pack })
		if err := file.Write(io.Discard); err != nil {
			return fmt.Errorf("workbook: %w", err)
		}
		return nil
	})
}

// cells are a row of the sheet.
func (j *job) cells(r layer.Row, points bool, day int) ([]any, error) {
	values, err := r.Values()
	if err != nil {
		return nil, err
	}
	cells := []any{whole(r.GID)}
	if points {
		for _, text := range two(lonLat(r)) {
			if x, err := strconv.ParseFloat(text, 64); err == nil {
				cells = append(cells, x)
			} else {
				cells = append(cells, nil)
			}
		}
	}
	if r.Geometry != nil && len(r.Geometry) <= maxCell {
		cells = append(cells, string(r.Geometry))
	} else {
		cells = append(cells, nil)
	}
	for _, c := range j.layer.Columns {
		v, err := cell(c.Type, values[c.Name], day)
		if err != nil {
			return nil, fmt.Errorf("%s of %d: %w", c.Name, r.GID, err)
		}
		cells = append(cells, v)
	}
	return cells, nil
}

func two(a, b string) [2]string { return [2]string{a, b} }

// whole is a whole number in a cell, as text where a spreadsheet would round it.
func whole(n int64) any {
	if n > maxExact || n < -maxExact {
		return strconv.FormatInt(n, 10)
	}
	return n
}

// cell is a value of JSON in a cell.
func cell(kind string, v json.RawMessage, day int) (any, error) {
	if layer.Null(v) {
		return nil, nil //nolint:nilnil // null is a value
	}
	text, err := plain(v)
	if err != nil {
		return nil, err
	}
	switch kind {
	case layer.TypeInteger:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return whole(n), nil
		}
	case layer.TypeNumber:
		if x, err := strconv.ParseFloat(text, 64); err == nil && v[0] != '"' {
			return x, nil
		}
	case layer.TypeBoolean:
		return text == "true", nil
	case layer.TypeDate:
		if t, err := time.Parse(time.DateOnly, text); err == nil && t.Year()*100+int(t.Month()) >= 190003 {
			return excelize.Cell{StyleID: day, Value: t.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24}, nil
		}
	}
	return cellText(text), nil
}

// cellText is a text that a cell can hold.
func cellText(s string) string {
	s = strings.Map(func(r rune) rune {
		if (r < ' ' && r != '\t' && r != '\n' && r != '\r') || r == 0xfffe || r == 0xffff || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	n := 0
	for i, r := range s {
		if n++; r > 0xffff {
			n++
		}
		if n > maxCell {
			return s[:i]
		}
	}
	return s
}
