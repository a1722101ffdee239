package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"basin/fault"
)

// maxArrays is how many bytes GDAL may say of the arrays of a file, or of one array.
const maxArrays = 64 << 20

// smallArrays is how long a file may be whose arrays are read all at once: GDAL starts slowly.
const smallArrays = 1 << 20

// Arrays are the arrays of a NetCDF file. GDAL reads those of a long file one by one.
type Arrays struct {
	path  string
	array map[string]gdalArray
	whole bool // with their values
}

// gdalArray is an array as gdalmdiminfo describes it.
type gdalArray struct {
	Attributes map[string]struct {
		Value any `json:"value"`
	} `json:"attributes"`
	Values any `json:"values"`
}

// OpenArrays asks what arrays a NetCDF file holds.
func OpenArrays(ctx context.Context, path string) (*Arrays, error) {
	absolute, err := filepath.Abs(path) // so that no name is taken for something else than a file
	if err != nil {
		return nil, fmt.Errorf("the path of %s: %w", path, err)
	}
	info, err := os.Stat(absolute)
	if err != nil {
		return nil, fault.New(fault.NotFound, "no-file", "there is no file {file}", "file", path)
	}
	a := &Arrays{path: absolute, whole: info.Size() <= smallArrays}
	var group struct {
		Arrays map[string]gdalArray `json:"arrays"`
	}
	var only []string
	if !a.whole {
		only = []string{"-limit", "1"}
	}
	if err := a.ask(ctx, &group, only...); err != nil {
		return nil, err
	}
	a.array = group.Arrays
	return a, nil
}

// ask runs gdalmdiminfo and decodes what it says.
func (a *Arrays) ask(ctx context.Context, into any, arguments ...string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var said head
	out := &capped{room: maxArrays}
	cmd := command(ctx, "gdalmdiminfo", append([]string{"-detailed", "-nopretty", "-if", "netCDF", a.path}, arguments...)...)
	cmd.Stdout, cmd.Stderr = out, &said
	if err := cmd.Run(); err != nil {
		switch {
		case errors.Is(err, exec.ErrNotFound):
			return missing()
		case ctx.Err() != nil:
			return fmt.Errorf("gdalmdiminfo: %w", ctx.Err())
		case out.room < 0:
			return a.unreadable(fmt.Sprintf("it holds more than %d MiB", maxArrays>>20))
		}
		return a.unreadable(short(said.String() + " " + err.Error()))
	}
	if err := json.Unmarshal(out.text.Bytes(), into); err != nil {
		return a.unreadable(short(said.String() + " " + err.Error()))
	}
	return nil
}

func (a *Arrays) unreadable(why string) error {
	return fault.New(fault.Invalid, "unreadable", "{file} cannot be read: {why}", "file", a.path, "why", why)
}

// capped takes so many bytes and no more.
type capped struct {
	text bytes.Buffer
	room int
}

func (b *capped) Write(p []byte) (int, error) {
	if b.room -= len(p); b.room < 0 {
		return 0, io.ErrShortWrite
	}
	return b.text.Write(p)
}

// Names are those of the arrays.
func (a *Arrays) Names() []string {
	names := make([]string, 0, len(a.array))
	for name := range a.array {
		names = append(names, name)
	}
	return names
}

// Attribute is a text or a number that is said of an array; "" where there is none.
func (a *Arrays) Attribute(array, name string) string {
	value := a.array[array].Attributes[name].Value
	if value == nil {
		return ""
	}
	return strings.TrimSpace(fmt.Sprint(value))
}

// Numbers are the values of an array, the last dimension running first.
func (a *Arrays) Numbers(ctx context.Context, array string) ([]float64, error) {
	values, err := a.values(ctx, array)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case float64:
			out[i] = v
		default: // "NaN"
			if out[i], err = strconv.ParseFloat(fmt.Sprint(v), 64); err != nil {
				return nil, a.unreadable(fmt.Sprintf("%v in %s is no number", v, array))
			}
		}
	}
	return out, nil
}

// Texts are the values of an array of texts, without the blanks that fill them.
func (a *Arrays) Texts(ctx context.Context, array string) ([]string, error) {
	values, err := a.values(ctx, array)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = strings.Trim(fmt.Sprint(v), " \x00")
	}
	return out, nil
}

// values asks for all values of an array.
func (a *Arrays) values(ctx context.Context, array string) ([]any, error) {
	one, known := a.array[array]
	switch {
	case !known:
		return nil, a.unreadable("it has no array " + strconv.Quote(array))
	case a.whole:
		return flat(nil, one.Values), nil
	}
	if err := a.ask(ctx, &one, "-array", array); err != nil {
		return nil, err
	}
	return flat(nil, one.Values), nil
}

// flat is a nested list without its nesting.
func flat(into []any, value any) []any {
	list, nested := value.([]any)
	if !nested {
		return append(into, value)
	}
	for _, v := range list {
		into = flat(into, v)
	}
	return into
}
