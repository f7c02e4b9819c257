package maciebroker

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"time"
)

// A reply is what belongs to one request: a result, or an error.
type reply struct {
	result object
	err    error
}

// catch runs what reads a reply, and gives the first thing that is wrong with it: wrong panics with a *failure.
func catch(read func()) (err error) {
	defer func() {
		if found := recover(); found != nil {
			err = found.(*failure)
		}
	}()
	read()
	return nil
}

func wrong(name, what string) { panic(protocolError("%s %s", name, what)) }

// optional is nil where there is no such member.
func optional[T any](of object, name string) *T {
	if _, there := of[name]; !there {
		return nil
	}
	value := required[T](of, name)
	return &value
}

func required[T any](of object, name string) T {
	value, right := of[name].(T)
	if !right {
		wrong(name, "is missing, or has the wrong type")
	}
	return value
}

// text is "" where there is no such member.
func text(of object, name string) string {
	if _, there := of[name]; !there {
		return ""
	}
	return required[string](of, name)
}

// integer takes numbers that are written as one (PROTOCOL.md, section 4).
func integer(of object, name string) int {
	written := required[json.Number](of, name).String()
	value, err := strconv.Atoi(written)
	if err != nil || written == "-0" {
		wrong(name, "is no integer, or too large")
	}
	return value
}

func seconds(of object, name string) float64 {
	value, err := required[json.Number](of, name).Float64()
	if err != nil || value < 0 {
		wrong(name, "is out of range")
	}
	return value
}

var timestamp = regexp.MustCompile(
	`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.]\d{1,9})?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$`)

// instant reads RFC 3339, in UTC if it has no zone.
func instant(of object, name string) *time.Time {
	found := optional[string](of, name)
	if found == nil {
		return nil
	}
	parts, zoned := timestamp.FindStringSubmatch(*found), *found
	if parts != nil && parts[1] == "" {
		zoned += "Z"
	}
	value, err := time.Parse(time.RFC3339Nano, zoned)
	if parts == nil || err != nil {
		wrong(name, "is no timestamp")
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
	err = catch(func() {
		envelope, _ := value.(object)
		if required[string](envelope, "jsonrpc") != "2.0" {
			wrong("jsonrpc", `is not "2.0"`)
		}
		var there bool
		if id, there = envelope["id"]; !there {
			wrong("id", "is missing")
		}
		failed, result := optional[object](envelope, "error"), optional[object](envelope, "result")
		switch {
		case (failed == nil) == (result == nil):
			wrong("result", "and error are both there, or both missing")
		case failed == nil && id == nil:
			wrong("result", "has no id")
		case failed == nil:
			r.result = *result
		default:
			r.err = refusal(*failed)
		}
	})
	return id, r, err
}

// refusal gives the *AWSError or *BrokerError, or says what is wrong with it: that concerns only who waits for it.
func refusal(of object) (refused error) {
	err := catch(func() {
		data := required[object](of, "data")
		details := Details{
			Message:   required[string](of, "message"),
			Remedy:    text(data, "remedy"),
			Retryable: required[bool](data, "retryable"),
			RequestID: text(data, "requestId"),
			RPCCode:   integer(of, "code"),
		}
		if _, known := data["httpStatus"]; known {
			details.HTTPStatus = integer(data, "httpStatus")
		}
		if _, known := data["retryAfterSeconds"]; known {
			wait := time.Duration(math.Min(math.Round(seconds(data, "retryAfterSeconds")*1e9), 1<<62))
			details.RetryAfter = &wait
		}
		switch kind := required[string](data, "type"); required[string](data, "origin") {
		case "aws":
			refused = &AWSError{Code: kind, Details: details}
		case "broker":
			refused = &BrokerError{Type: kind, Details: details}
		default:
			wrong("origin", "is neither aws nor broker")
		}
	})
	if err != nil {
		return err
	}
	return refused
}

// output gives what a result of macie2.GetMacieSession says.
func output(result object) (out *GetMacieSessionOutput, err error) {
	err = catch(func() {
		session, from := required[object](result, "session"), required[object](result, "provenance")
		required[string](from, "fetchedAt")
		out = &GetMacieSessionOutput{
			CreatedAt:                  instant(session, "createdAt"),
			FindingPublishingFrequency: FindingPublishingFrequency(text(session, "findingPublishingFrequency")),
			ServiceRole:                optional[string](session, "serviceRole"),
			Status:                     MacieStatus(text(session, "status")),
			UpdatedAt:                  instant(session, "updatedAt"),
			Provenance: Provenance{
				Profile:    required[string](from, "profile"),
				Region:     required[string](from, "region"),
				RequestID:  text(from, "requestId"),
				FetchedAt:  *instant(from, "fetchedAt"),
				AgeSeconds: seconds(from, "ageSeconds"),
				Cached:     required[bool](from, "cached"),
				Attempts:   integer(from, "attempts"),
			},
		}
	})
	return out, err
}
