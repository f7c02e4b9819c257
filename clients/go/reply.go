package maciebroker

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"time"
)

// members reads the members of replies; the first that is wrong is what wrong says.
type members struct{ wrong error }

func (m *members) fail(name, what string) {
	if m.wrong == nil {
		m.wrong = protocolError("%s %s", name, what)
	}
}

// optional is nil where there is no such member.
func optional[T any](m *members, of map[string]any, name string) *T {
	value, there := of[name]
	if !there {
		return nil
	}
	typed, ok := value.(T)
	if !ok {
		m.fail(name, "has the wrong type")
	}
	return &typed
}

func required[T any](m *members, of map[string]any, name string) (value T) {
	found := optional[T](m, of, name)
	if found == nil {
		m.fail(name, "is missing")
		return value
	}
	return *found
}

// text is "" where there is no such member.
func (m *members) text(of map[string]any, name string) (value string) {
	if found := optional[string](m, of, name); found != nil {
		value = *found
	}
	return value
}

// integer takes numbers that are written as one (PROTOCOL.md, section 4); 0 where there is no such member.
func (m *members) integer(of map[string]any, name string) (value int) {
	if found := optional[json.Number](m, of, name); found != nil {
		var err error
		if value, err = strconv.Atoi(found.String()); err != nil || *found == "-0" {
			m.fail(name, "is no integer, or too large")
		}
	}
	return value
}

func (m *members) seconds(of map[string]any, name string) *float64 {
	found := optional[json.Number](m, of, name)
	if found == nil {
		return nil
	}
	value, err := found.Float64()
	if err != nil || value < 0 {
		m.fail(name, "is out of range")
	}
	return &value
}

var timestamp = regexp.MustCompile(
	`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.]\d{1,9})?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$`)

// instant reads RFC 3339, in UTC if it has no zone.
func (m *members) instant(of map[string]any, name string) *time.Time {
	found := optional[string](m, of, name)
	if found == nil {
		return nil
	}
	zoned := *found
	if parts := timestamp.FindStringSubmatch(zoned); parts == nil {
		m.fail(name, "is no timestamp")
	} else if parts[1] == "" {
		zoned += "Z"
	}
	value, err := time.Parse(time.RFC3339Nano, zoned)
	if err != nil {
		m.fail(name, "is no timestamp")
	}
	value = value.UTC()
	return &value
}

// parseReply gives the id as it stands (nil for null), and what belongs to it.
func parseReply(line []byte) (id any, r reply, err error) {
	value, err := parseJSON(line)
	if err != nil {
		return nil, r, protocolError("%v", err)
	}
	m := &members{}
	envelope, ok := value.(map[string]any)
	if !ok {
		return nil, r, protocolError("a line is no object")
	}
	if required[string](m, envelope, "jsonrpc") != "2.0" {
		m.fail("jsonrpc", `is not "2.0"`)
	}
	id, there := envelope["id"]
	switch id.(type) {
	case nil, string, json.Number:
	default:
		there = false
	}
	failed := optional[map[string]any](m, envelope, "error")
	result := optional[map[string]any](m, envelope, "result")
	switch {
	case !there:
		m.fail("id", "is missing, or no id")
	case (failed == nil) == (result == nil):
		m.fail("result", "and error are both there, or both missing")
	case failed != nil:
		r.err = refusal(*failed)
	case id == nil:
		m.fail("result", "has no id")
	default:
		r.result = *result
	}
	return id, r, m.wrong
}

// refusal gives the *AWSError or *BrokerError, or says what is wrong with it: that concerns only who waits for it.
func refusal(of map[string]any) error {
	m := &members{}
	required[json.Number](m, of, "code")
	data := required[map[string]any](m, of, "data")
	kind, origin := required[string](m, data, "type"), required[string](m, data, "origin")
	details := Details{
		Message:    required[string](m, of, "message"),
		Remedy:     m.text(data, "remedy"),
		Retryable:  required[bool](m, data, "retryable"),
		HTTPStatus: m.integer(data, "httpStatus"),
		RequestID:  m.text(data, "requestId"),
		RPCCode:    m.integer(of, "code"),
	}
	if seconds := m.seconds(data, "retryAfterSeconds"); seconds != nil {
		wait := time.Duration(math.MaxInt64)
		if nanoseconds := math.Round(*seconds * 1e9); nanoseconds < math.MaxInt64 {
			wait = time.Duration(nanoseconds)
		}
		details.RetryAfter = &wait
	}
	switch {
	case m.wrong != nil:
		return m.wrong
	case origin == "aws":
		return &AWSError{Code: kind, Details: details}
	case origin == "broker":
		return &BrokerError{Type: kind, Details: details}
	}
	return protocolError("origin is neither aws nor broker")
}

// output gives what a result of macie2.GetMacieSession says.
func output(result map[string]any) (*GetMacieSessionOutput, error) {
	m := &members{}
	session := required[map[string]any](m, result, "session")
	from := required[map[string]any](m, result, "provenance")
	required[string](m, from, "fetchedAt")
	required[json.Number](m, from, "ageSeconds")
	required[json.Number](m, from, "attempts")
	if m.wrong != nil {
		return nil, m.wrong
	}
	out := &GetMacieSessionOutput{
		CreatedAt:                  m.instant(session, "createdAt"),
		FindingPublishingFrequency: FindingPublishingFrequency(m.text(session, "findingPublishingFrequency")),
		ServiceRole:                optional[string](m, session, "serviceRole"),
		Status:                     MacieStatus(m.text(session, "status")),
		UpdatedAt:                  m.instant(session, "updatedAt"),
		Provenance: Provenance{
			Profile:    required[string](m, from, "profile"),
			Region:     required[string](m, from, "region"),
			RequestID:  m.text(from, "requestId"),
			FetchedAt:  *m.instant(from, "fetchedAt"),
			AgeSeconds: *m.seconds(from, "ageSeconds"),
			Cached:     required[bool](m, from, "cached"),
			Attempts:   m.integer(from, "attempts"),
		},
	}
	if m.wrong != nil {
		return nil, m.wrong
	}
	return out, nil
}
