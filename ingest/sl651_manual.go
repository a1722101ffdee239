package ingest

import (
	"strings"
	"time"

	"basin/twin"
)

// sl651Codes are the identifiers of table C.1 by their code in the ASCII mode, of the elements that are numbers.
var sl651Codes = func() map[string]string {
	out := map[string]string{}
	for id, e := range sl651Elements {
		if e.digits > 0 && id < "F0" && id != "45" {
			out[e.code] = id
		}
	}
	return out
}()

// manualSL651 reads what an observer keyed in (F2, RGZS): codes of the ASCII mode, each with a number after it, as in Q 1.234 or TT 2607010800 ZU 3.20 ZB 2.80; TT
// is when it was observed. It is nil where any word is anything else: what is not read without doubt, for instance telegrams of SL 330, stays a text.
func manualSL651(text []byte, zone *time.Location) (items []SL651Item) {
	words := strings.Fields(string(text))
	if len(words)%2 != 0 || len(words) > 64 {
		return nil
	}
	for i := 0; i < len(words); i += 2 {
		code, value := words[i], words[i+1]
		if code == "TT" {
			b, err := sl651Bytes(value, 5)
			if err != nil {
				return nil
			}
			at, ok := bcdTime(b, zone)
			if !ok {
				return nil
			}
			items = append(items, SL651Item{ID: "F0", Def: 0xF0, Time: at})
			continue
		}
		id, known := sl651Codes[code]
		if d := twin.Decimal(value); !known || strings.ContainsAny(value, "eE") || len(value) > 20 || number(value) != d {
			return nil
		}
		items = append(items, SL651Item{ID: id, Def: defineSL651(id), Values: []twin.Decimal{twin.Decimal(value)}})
	}
	return items
}
