package maciebroker

import (
	"bytes"
	"encoding/json"
	"regexp"
	"unicode/utf8"
)

// jsonLevels is how deep objects and arrays may be nested (PROTOCOL.md, section 4).
const jsonLevels = 32

// Escapes that are right, but for \uXXXX alone; and of those, what is not: halves of surrogate pairs, and U+0000.
var (
	goodEscapes = regexp.MustCompile(`\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|[^u])`)
	badEscape   = regexp.MustCompile(`\\u(?:0000|[dD][89a-fA-F])`)
)

// strictJSON looks at one JSON text. encoding/json has the grammar; what it takes or mends in silence, and section 4 of
// PROTOCOL.md refuses, is looked at here.
func strictJSON(text []byte) bool {
	if !utf8.Valid(text) || !json.Valid(text) || badEscape.Match(goodEscapes.ReplaceAll(text, []byte("_"))) {
		return false
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return strictValue(decoder, 0)
}

// strictValue finds names that appear twice in an object, and too many levels.
func strictValue(from *json.Decoder, depth int) bool {
	token, err := from.Token()
	opening, nested := token.(json.Delim)
	if err != nil || !nested {
		return err == nil
	}
	if depth == jsonLevels {
		return false
	}
	names := map[json.Token]bool{}
	for from.More() {
		if opening == '{' {
			name, _ := from.Token()
			if names[name] {
				return false
			}
			names[name] = true
		}
		if !strictValue(from, depth+1) {
			return false
		}
	}
	_, err = from.Token()
	return err == nil
}
