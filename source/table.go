package source

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"basin/fault"
)

// maxRow is how long a line of a table may be, in bytes.
const maxRow = 1 << 20

// TableRow is a row of a table in text. It is good until the next one is read.
type TableRow struct {
	Line    int // in the file, from 1; the header is one of them. Of a row of a database, its place in what was read
	columns map[string]int
	cells   []string
}

// NewTableRow makes a row of a table that is not read from a file. The columns are numbered by their names in upper case.
func NewTableRow(line int, columns map[string]int, cells []string) TableRow {
	return TableRow{Line: line, columns: columns, cells: cells}
}

// Get is the cell of a column, by its name in upper case, without spaces around it; empty where the table has no such column, the row ends before it, or the
// cell says NULL or \N, as exports of databases do.
func (r TableRow) Get(column string) string {
	i, ok := r.columns[column]
	if !ok || i >= len(r.cells) {
		return ""
	}
	switch cell := strings.TrimSpace(r.cells[i]); strings.ToUpper(cell) {
	case "NULL", `\N`:
		return ""
	default:
		return cell
	}
}

// ReadTable calls fn with each row of a table in text: a header with the names of the columns, in any case and order, then a row a line, the cells divided by
// commas, tabs or semicolons, quoted or not. The table must have the columns that are required. An error of fn ends it. A row that cannot be read is a finding,
// whose Index is its line.
func ReadTable(ctx context.Context, path string, o Options, required []string, fn func(TableRow) error) error {
	j := &job{ctx: ctx, path: path, opts: o}
	if _, err := encodingOf(o.Encoding); err != nil {
		return err
	}
	if _, err := j.format(); err != nil { // is it a file at all
		return err
	}
	if o.Encoding == "" {
		plain, err := j.open(false)
		if err != nil {
			return err
		}
		if guessLines(plain) != nil {
			j.opts.Encoding = "GB18030"
		}
		_ = plain.Close()
	}
	text, err := j.text()
	if err != nil {
		return err
	}
	defer text.Close()
	lines := bufio.NewScanner(text)
	lines.Buffer(make([]byte, 64<<10), maxRow)
	row := TableRow{}
	var separator byte
	for lines.Scan() {
		row.Line++
		if row.Line%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		line := strings.TrimSuffix(lines.Text(), "\r")
		if row.Line == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		if row.columns == nil {
			separator = divider(line)
			names, _ := cells(nil, line, separator)
			row.columns = map[string]int{}
			for i, name := range names {
				row.columns[strings.ToUpper(strings.TrimSpace(name))] = i
			}
			for _, name := range required {
				if _, ok := row.columns[name]; !ok {
					return j.invalid("no-column", "{file} has no column {column}; it has {columns}", "column", name, "columns", strings.Join(names, ", "))
				}
			}
			continue
		}
		var whole bool
		if row.cells, whole = cells(row.cells[:0], line, separator); !whole {
			j.find(stem(path), row.Line, "bad-row", errors.New("a quotation mark is not closed in its line"))
			continue
		}
		if err := fn(row); err != nil {
			return err
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return j.invalid("line-too-long", "{file}: line {line} is longer than {limit} bytes", "line", row.Line+1, "limit", maxRow)
	case err != nil && fault.Of(err) != nil:
		return err
	case err != nil && !errors.Is(err, io.EOF):
		return j.invalid("unreadable", "{file} cannot be read").Because(err)
	case row.columns == nil:
		return j.invalid("empty-file", "{file} is empty")
	}
	return nil
}

// divider is what divides the cells of a header: whichever of comma, tab and semicolon occurs most.
func divider(header string) byte {
	best := byte(',')
	for _, c := range []byte{'\t', ';'} {
		if strings.Count(header, string(c)) > strings.Count(header, string(best)) {
			best = c
		}
	}
	return best
}

// cells cuts a line into its cells and adds them to out. A cell may stand in quotation marks, which are doubled within it. The second result is false where one
// is not closed.
func cells(out []string, line string, separator byte) ([]string, bool) {
	for {
		if !strings.HasPrefix(line, `"`) {
			cell, rest, more := strings.Cut(line, string(separator))
			out = append(out, cell)
			if !more {
				return out, true
			}
			line = rest
			continue
		}
		var cell bytes.Buffer
		line = line[1:]
		for {
			i := strings.IndexByte(line, '"')
			if i < 0 {
				return out, false
			}
			cell.WriteString(line[:i])
			line = line[i+1:]
			if !strings.HasPrefix(line, `"`) {
				break
			}
			cell.WriteByte('"')
			line = line[1:]
		}
		rest, after, more := strings.Cut(line, string(separator))
		out = append(out, cell.String()+rest)
		if !more {
			return out, true
		}
		line = after
	}
}
