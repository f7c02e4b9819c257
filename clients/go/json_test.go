package maciebroker

import (
	"strings"
	"testing"
)

func TestJSONIsTakenAsStrictlyAsTheProtocolSays(t *testing.T) {
	good := []string{
		`{}`, `{"a":1,"A":2}`, `[1,-0.5e+3,1E400]`, `"\ud83d\ude00\\ud800"`, `"\\u0000"`, "\" é\u2028\"", ` [ ] `, "{\t}\r",
		strings.Repeat("[", 32) + strings.Repeat("]", 32),
	}
	bad := []string{
		``, ` `, `{"a":1,"a":1}`, `{"a":1,"\u0061":2}`, `[{"x":{"y":1,"y":2}}]`, `"\ud800"`, `"\udc00"`, `"\udc00\ud800"`,
		`"\ud800\u0041"`, `"\ud83d\ud83d\ude00"`, `"\u0000"`, "\"\x00\"", "\"\x1f\"", "\"\xff\"", "\"\xc0\x80\"",
		"\"\xed\xa0\x80\"", "\xef\xbb\xbf{}", `[1,]`, `{"a":1,}`, `[01]`, `[+1]`, `[.5]`, `[1.]`, `[0x1]`, `[NaN]`, `{} {}`,
		`{a:1}`, `{'a':1}`, `[1]//`, `tru`, `"`, `{"a"`, `{"a":`, "\v{}", `{1:2}`, `{"a" 1}`, `["a":1]`,
		strings.Repeat("[", 33) + strings.Repeat("]", 33), strings.Repeat("[", 1<<20), strings.Repeat(`{"a":`, 1<<17),
	}
	for _, text := range good {
		if !strictJSON([]byte(text)) {
			t.Errorf("%.60q was refused", text)
		}
	}
	for _, text := range bad {
		if strictJSON([]byte(text)) {
			t.Errorf("%.60q was taken", text)
		}
	}
}

func TestIntegersAreWrittenAsSuchAndSecondsAreNotNegative(t *testing.T) {
	for written, right := range map[string]bool{
		`"attempts":2147483647,"ageSeconds":-0`: true, `"attempts":0,"ageSeconds":1.5e1`: true,
		`"attempts":-0,"ageSeconds":0`: false, `"attempts":1.0,"ageSeconds":0`: false,
		`"attempts":1e0,"ageSeconds":0`: false, `"attempts":99999999999999999999,"ageSeconds":0`: false,
		`"attempts":null,"ageSeconds":0`: false, `"attempts":"1","ageSeconds":0`: false,
		`"attempts":1,"ageSeconds":-0.1`: false, `"attempts":1,"ageSeconds":1e400`: false,
		`"attempts":1,"ageSeconds":null`: false, `"Attempts":1,"ageSeconds":0`: false,
	} {
		line := strings.Replace(session("x"), `"ageSeconds":0.5,"cached":false,"attempts":1`, `"cached":false,`+written, 1)
		if id, r, err := parseReply([]byte(line)); err != nil || *id != "x" || (r.err == nil) != right {
			t.Errorf("%s: %v, %v", written, err, r.err)
		}
	}
}

func FuzzReply(f *testing.F) {
	f.Add([]byte(session("x")))
	f.Add([]byte(`{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"m","data":{"type":"t","origin":"aws","retryable":true}}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		if _, r, err := parseReply(line); err == nil && (r.err == nil) == (r.out == nil) {
			t.Errorf("%q is neither a session nor an error, or both", line)
		}
	})
}
