package source

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"

	"basin/fault"
)

// encodingOf finds an encoding of text by its name; nil stands for UTF-8 and for none named.
func encodingOf(name string) (encoding.Encoding, error) {
	switch strings.ToUpper(strings.NewReplacer("-", "", "_", "").Replace(name)) {
	case "", "UTF8":
		return nil, nil
	case "GB18030", "GBK", "GB2312", "CP936":
		return simplifiedchinese.GB18030, nil
	}
	e, err := htmlindex.Get(name)
	if err != nil {
		return nil, fault.New(fault.Invalid, "unknown-encoding", "{encoding} is not an encoding of text that is known: UTF-8 and GB18030 are", "encoding", name)
	}
	return e, nil
}

var errText = errors.New("its text is not in the encoding that it should be in: name it with --encoding")

// decodeText turns bytes into text. Text in UTF-8 may end within a character, for old tables cut their fields by bytes.
func decodeText(raw []byte, e encoding.Encoding) (string, error) {
	if e == nil {
		for cut := 0; cut < min(4, len(raw)); cut++ {
			if whole := raw[:len(raw)-cut]; utf8.Valid(whole) && (cut == 0 || !utf8.FullRune(raw[len(whole):])) {
				return string(whole), nil
			}
		}
		if len(raw) == 0 {
			return "", nil
		}
		return "", errText
	}
	out, err := e.NewDecoder().Bytes(raw)
	if err != nil || strings.ContainsRune(string(out), utf8.RuneError) {
		return "", errText
	}
	return string(out), nil
}

// decodeJSON decodes an object of JSON whose strings hold bytes in some encoding, as GDAL writes them when it is told not to recode.
// Each byte above 127 becomes the character of that number, and each string is turned back into its bytes after JSON has been undone.
func decodeJSON(raw []byte, e encoding.Encoding, into *map[string]any) error {
	wide := make([]byte, 0, len(raw)*2)
	for _, c := range raw {
		wide = utf8.AppendRune(wide, rune(c))
	}
	var loose map[string]any
	if err := json.Unmarshal(wide, &loose); err != nil {
		return err
	}
	fixed, err := narrow(loose, e)
	if err != nil {
		return err
	}
	*into, _ = fixed.(map[string]any)
	return nil
}

func narrow(v any, e encoding.Encoding) (any, error) {
	var err error
	switch v := v.(type) {
	case string:
		raw := make([]byte, 0, len(v))
		for _, r := range v {
			if r > 255 { // written as an escape: not bytes
				raw = utf8.AppendRune(raw, r)
				continue
			}
			raw = append(raw, byte(r))
		}
		return decodeText(raw, e)
	case []any:
		for i := range v {
			if v[i], err = narrow(v[i], e); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, value := range v {
			plain, err := narrow(name, e)
			if err != nil {
				return nil, err
			}
			key, _ := plain.(string)
			if out[key], err = narrow(value, e); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}

// tally counts pieces of text by what they can be.
type tally struct{ utf8, other int }

func (t *tally) add(text []byte) {
	for _, c := range text {
		if c >= 0x80 {
			if _, err := decodeText(text, nil); err == nil {
				t.utf8++
			} else {
				t.other++
			}
			return
		}
	}
}

// encoding is UTF-8 when nearly all text can be that, for it is seldom so by chance; GB18030 otherwise.
func (t *tally) encoding() encoding.Encoding {
	if t.other == 0 || t.utf8 > 9*t.other {
		return nil
	}
	return simplifiedchinese.GB18030
}

// guessLines guesses the encoding of a text file from its lines.
func guessLines(r io.Reader) encoding.Encoding {
	var t tally
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		t.add(lines.Bytes())
	}
	return t.encoding()
}

// guessTable guesses the encoding of the text in a dBase table that declares none. The second result is false when the table declares
// one, by a language byte in its header or a .cpg file beside it, or is not there.
func guessTable(path string) (encoding.Encoding, bool) {
	base := strings.TrimSuffix(path, filepath.Ext(path))
	for _, ending := range []string{".cpg", ".CPG"} {
		if text, err := os.ReadFile(base + ending); err == nil && len(strings.TrimSpace(string(text))) > 0 {
			return nil, false
		}
	}
	file, err := os.Open(base + ".dbf")
	if err != nil {
		if file, err = os.Open(base + ".DBF"); err != nil {
			return nil, false
		}
	}
	defer file.Close()
	r := bufio.NewReaderSize(file, 1<<20)
	header := make([]byte, 32)
	if _, err := io.ReadFull(r, header); err != nil || header[29] != 0 {
		return nil, false
	}
	length, width := int(binary.LittleEndian.Uint16(header[8:])), int(binary.LittleEndian.Uint16(header[10:]))
	if length < 33 || width < 1 {
		return nil, false
	}
	fields := make([]byte, length-32)
	if _, err := io.ReadFull(r, fields); err != nil {
		return nil, false
	}
	type span struct{ from, to int }
	var spans []span
	var t tally
	at := 1
	for ; len(fields) >= 32 && fields[0] != 0x0d; fields = fields[32:] {
		size := int(fields[16])
		if fields[11] == 'C' {
			size += int(fields[17]) << 8
			spans = append(spans, span{at, at + size})
		}
		name, _, _ := strings.Cut(string(fields[:11]), "\x00")
		t.add([]byte(name))
		at += size
	}
	for record := make([]byte, width); ; {
		if _, err := io.ReadFull(r, record); err != nil {
			return t.encoding(), true
		}
		for _, s := range spans {
			if s.to <= width {
				t.add([]byte(strings.TrimRight(string(record[s.from:s.to]), " \x00")))
			}
		}
	}
}
