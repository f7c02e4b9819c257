package maciebroker

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"unicode/utf8"
)

// jsonLevels is how deep objects and arrays may be nested (PROTOCOL.md, section 4).
const jsonLevels = 32

// parseJSON reads one JSON text and gives nil, bool, json.Number, string, []any or map[string]any. encoding/json has
// the grammar; what it takes or mends in silence, and section 4 of PROTOCOL.md refuses, is looked at here.
func parseJSON(text []byte) (any, error) {
	switch {
	case !utf8.Valid(text):
		return nil, errors.New("not UTF-8")
	case !json.Valid(text):
		return nil, errors.New("not JSON")
	case bytes.Contains(text, []byte(`\u`)) && !goodEscapes(text):
		return nil, errors.New("half of a surrogate pair, or U+0000")
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
	elements, members := []any{}, map[string]any{}
	for from.More() {
		name := ""
		if opening == '{' {
			token, _ := from.Token()
			name, _ = token.(string)
			if _, twice := members[name]; twice {
				return nil, errors.New("a name appears twice in one object")
			}
		}
		value, err := readJSON(from, depth+1)
		if err != nil {
			return nil, err
		}
		if opening == '{' {
			members[name] = value
		} else {
			elements = append(elements, value)
		}
	}
	if _, err = from.Token(); opening == '{' {
		return members, err
	}
	return elements, err
}

// An escape of a JSON text that is valid: a surrogate pair as a whole, anything else alone.
var escape = regexp.MustCompile(`\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u....|.)`)

func goodEscapes(text []byte) bool {
	for _, found := range escape.FindAll(text, -1) {
		half := len(found) == 6 && (found[2] == 'd' || found[2] == 'D') && found[3] >= '8'
		if half || string(found) == `\u0000` {
			return false
		}
	}
	return true
}
