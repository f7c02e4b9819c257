package maciebroker

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"unicode/utf8"
)

// jsonLevels is how deep objects and arrays may be nested (PROTOCOL.md, section 4).
const jsonLevels = 32

type object = map[string]any

// parseJSON reads one JSON text and gives nil, bool, json.Number, string, object, or an empty []any for an array: nobody
// asks for one. encoding/json has the grammar; what it takes or mends in silence, and section 4 of PROTOCOL.md refuses,
// is looked at here.
func parseJSON(text []byte) (any, error) {
	if !utf8.Valid(text) || !json.Valid(text) || !goodEscapes(text) {
		return nil, errors.New("not JSON, or not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return readJSON(decoder, 0)
}

func readJSON(from *json.Decoder, depth int) (any, error) {
	token, err := from.Token()
	opening, nested := token.(json.Delim)
	if err != nil || !nested {
		return token, err
	}
	if depth == jsonLevels {
		return nil, errors.New("too many levels")
	}
	members := object{}
	for i := 0; from.More(); i++ {
		name := strconv.Itoa(i) // in an array
		if opening == '{' {
			token, _ := from.Token()
			name, _ = token.(string)
		}
		if _, twice := members[name]; twice {
			return nil, errors.New("a name appears twice in one object")
		}
		if members[name], err = readJSON(from, depth+1); err != nil {
			return nil, err
		}
	}
	_, err = from.Token()
	if opening == '[' {
		return []any{}, err
	}
	return members, err
}

// An escape of a JSON text that is valid: a surrogate pair as a whole, anything else alone.
var escape = regexp.MustCompile(`\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u....|.)`)

// goodEscapes finds halves of surrogate pairs, and U+0000.
func goodEscapes(text []byte) bool {
	for _, found := range escape.FindAll(text, -1) {
		half := len(found) == 6 && (found[2] == 'd' || found[2] == 'D') && found[3] >= '8'
		if half || string(found) == `\u0000` {
			return false
		}
	}
	return true
}
