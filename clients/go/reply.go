package maciebroker

import (
	"encoding/json"
	"errors"
	"math"
	"regexp"
	"time"
)

// A reply is what belongs to one request: what was asked for, or an error.
type reply struct {
	out   *GetMacieSessionOutput
	err   error
	again bool // nothing was answered, and the request may be repeated on a new connection
}

type object = map[string]json.RawMessage

// A reader notes the first thing that is wrong with a reply.
type reader struct{ err error }

func (r *reader) wrong(name, what string) {
	if r.err == nil {
		r.err = protocolError("%s %s", name, what)
	}
}

const required, optional = true, false

// read gives a member, and zero where there is none.
func read[T any](r *reader, of object, name string, needed bool) (value T) {
	member, there := of[name]
	_, isInteger := any(value).(int)
	switch {
	case !there && needed:
		r.wrong(name, "is missing")
	case !there:
	case string(member) == "null", isInteger && string(member) == "-0", json.Unmarshal(member, &value) != nil:
		r.wrong(name, "has the wrong type, or is out of range")
	}
	return value
}

// seconds are not negative.
type seconds float64

func (s *seconds) UnmarshalJSON(text []byte) error {
	err := json.Unmarshal(text, (*float64)(s))
	if *s < 0 {
		return errors.New("negative")
	}
	return err
}

var timestamp = regexp.MustCompile(
	`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.]\d{1,9})?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$`)

// An instant is written as RFC 3339, in UTC if it has no zone.
type instant time.Time

func (i *instant) UnmarshalJSON(text []byte) error {
	var written string
	err := json.Unmarshal(text, &written)
	parts := timestamp.FindStringSubmatch(written)
	if err != nil || parts == nil {
		return errors.New("no timestamp")
	}
	if parts[1] == "" {
		written += "Z"
	}
	value, err := time.Parse(time.RFC3339Nano, written)
	*i = instant(value.UTC())
	return err
}

// parseReply gives the id (nil for null), and what belongs to it. What is wrong with that concerns only who waits for
// it; err is what is wrong with the connection.
func parseReply(line []byte) (id *string, answer reply, err error) {
	var r reader
	var envelope object
	if !strictJSON(line) || json.Unmarshal(line, &envelope) != nil {
		return nil, answer, protocolError("not a JSON object as it has to be")
	}
	if read[string](&r, envelope, "jsonrpc", required) != "2.0" {
		r.wrong("jsonrpc", `is not "2.0"`)
	}
	if written, there := envelope["id"]; !there {
		r.wrong("id", "is missing")
	} else if json.Unmarshal(written, &id) != nil {
		id = new(string) // of another type, so it is not ours
	}
	refused, result := read[object](&r, envelope, "error", optional), read[object](&r, envelope, "result", optional)
	switch {
	case (refused == nil) == (result == nil):
		r.wrong("result", "and error are both there, or both missing")
	case refused != nil:
		answer.err = refusal(refused)
	case id == nil:
		r.wrong("result", "has no id")
	default:
		answer.out, answer.err = output(result)
	}
	return id, answer, r.err
}

// refusal gives the *AWSError or *BrokerError, or says what is wrong with it.
func refusal(of object) error {
	var r reader
	data := read[object](&r, of, "data", required)
	kind, origin := read[string](&r, data, "type", required), read[string](&r, data, "origin", required)
	details := Details{
		Message:    read[string](&r, of, "message", required),
		Remedy:     read[string](&r, data, "remedy", optional),
		Retryable:  read[bool](&r, data, "retryable", required),
		HTTPStatus: read[int](&r, data, "httpStatus", optional),
		RequestID:  read[string](&r, data, "requestId", optional),
		RPCCode:    read[int](&r, of, "code", required),
	}
	if wait := read[*seconds](&r, data, "retryAfterSeconds", optional); wait != nil {
		long := time.Duration(math.Min(math.Round(float64(*wait)*1e9), 1<<62))
		details.RetryAfter = &long
	}
	switch {
	case r.err != nil:
		return r.err
	case origin == "aws":
		return &AWSError{kind, details}
	case origin == "broker":
		return &BrokerError{kind, details}
	}
	return protocolError("origin is neither aws nor broker")
}

// output gives what a result of macie2.GetMacieSession says.
func output(result object) (*GetMacieSessionOutput, error) {
	var r reader
	session := read[object](&r, result, "session", required)
	from := read[object](&r, result, "provenance", required)
	out := &GetMacieSessionOutput{
		CreatedAt:                  (*time.Time)(read[*instant](&r, session, "createdAt", optional)),
		FindingPublishingFrequency: read[FindingPublishingFrequency](&r, session, "findingPublishingFrequency", optional),
		ServiceRole:                read[*string](&r, session, "serviceRole", optional),
		Status:                     read[MacieStatus](&r, session, "status", optional),
		UpdatedAt:                  (*time.Time)(read[*instant](&r, session, "updatedAt", optional)),
		Provenance: Provenance{
			Profile:    read[string](&r, from, "profile", required),
			Region:     read[string](&r, from, "region", required),
			RequestID:  read[string](&r, from, "requestId", optional),
			FetchedAt:  time.Time(read[instant](&r, from, "fetchedAt", required)),
			AgeSeconds: float64(read[seconds](&r, from, "ageSeconds", required)),
			Cached:     read[bool](&r, from, "cached", required),
			Attempts:   read[int](&r, from, "attempts", required),
		},
	}
	if r.err != nil {
		return nil, r.err
	}
	return out, nil
}
