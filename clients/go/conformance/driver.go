// The driver of the client conformance: calls come in on standard input, their outcomes go out on standard output, one JSON
// object a line (protocol/vectors/README.md).
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"
	"strings"
	"sync"
	"time"

	maciebroker "github.com/macie-broker/macie-broker/clients/go"
)

type object = map[string]any

type call struct {
	Call           string
	Profile        string
	Region         string
	MaxAgeSeconds  *float64
	TimeoutSeconds float64
	Count          int
	Of             json.RawMessage
	Seconds        float64
}

func main() {
	client := maciebroker.New()
	defer client.Close()
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<20)
	output := json.NewEncoder(os.Stdout)
	output.SetEscapeHTML(false)
	for input.Scan() {
		if err := output.Encode(perform(client, parse(input.Bytes()))); err != nil {
			log.Fatal(err)
		}
	}
	if err := input.Err(); err != nil {
		log.Fatal(err)
	}
}

func parse(line []byte) (c call) {
	if err := json.Unmarshal(line, &c); err != nil {
		log.Fatalf("no call: %s: %v", line, err)
	}
	return c
}

func perform(client *maciebroker.Client, c call) object {
	switch c.Call {
	case "session":
		return session(client, c)
	case "concurrent":
		return object{"all": concurrent(client, c)}
	case "pause":
		time.Sleep(time.Duration(c.Seconds * float64(time.Second)))
		return object{"paused": true}
	}
	return object{"unsupported": c.Call}
}

func concurrent(client *maciebroker.Client, c call) []object {
	var lines []json.RawMessage
	if json.Unmarshal(c.Of, &lines) != nil {
		for i := 0; i < c.Count; i++ {
			lines = append(lines, c.Of)
		}
	}
	all := make([]object, len(lines))
	var group sync.WaitGroup
	for i, line := range lines {
		group.Add(1)
		go func(i int, c call) {
			defer group.Done()
			all[i] = perform(client, c)
		}(i, parse(line))
	}
	group.Wait()
	return all
}

func session(client *maciebroker.Client, c call) object {
	ctx := context.Background()
	if c.TimeoutSeconds > 0 {
		within, cancel := context.WithTimeout(ctx, time.Duration(c.TimeoutSeconds*float64(time.Second)))
		defer cancel()
		ctx = within
	}
	in := &maciebroker.GetMacieSessionInput{Profile: c.Profile, Region: c.Region}
	if c.MaxAgeSeconds != nil {
		age := time.Duration(*c.MaxAgeSeconds * float64(time.Second))
		in.MaxAge = &age
	}
	out, err := client.GetMacieSession(ctx, in)
	if err != nil {
		return object{"error": failure(err)}
	}
	members := object{}
	for name, at := range map[string]*time.Time{"createdAt": out.CreatedAt, "updatedAt": out.UpdatedAt} {
		if at != nil {
			members[name] = at.UTC().Format("2006-01-02T15:04:05.000Z")
		}
	}
	put(members, "findingPublishingFrequency", string(out.FindingPublishingFrequency))
	put(members, "status", string(out.Status))
	if out.ServiceRole != nil {
		members["serviceRole"] = *out.ServiceRole
	}
	from := out.Provenance
	provenance := object{
		"profile": from.Profile, "region": from.Region, "fetchedAt": asSent(from.FetchedAt),
		"ageSeconds": from.AgeSeconds, "cached": from.Cached, "attempts": from.Attempts,
	}
	put(provenance, "requestId", from.RequestID)
	return object{"session": members, "provenance": provenance}
}

func put(members object, name, value string) {
	if value != "" {
		members[name] = value
	}
}

// asSent has no fraction, or 3, 6 or 9 digits, as the protocol writes timestamps.
func asSent(at time.Time) string {
	whole, fraction, _ := strings.Cut(at.UTC().Format("2006-01-02T15:04:05.000000000"), ".")
	for strings.HasSuffix(fraction, "000") {
		fraction = strings.TrimSuffix(fraction, "000")
	}
	if fraction != "" {
		whole += "."
	}
	return whole + fraction + "Z"
}

func failure(err error) object {
	var aws *maciebroker.AWSError
	var broker *maciebroker.BrokerError
	switch {
	case errors.As(err, &aws):
		return details("aws", aws.Code, aws.Details)
	case errors.As(err, &broker):
		return details("broker", broker.Type, broker.Details)
	}
	family := "unknown"
	for kind, name := range map[error]string{
		maciebroker.ErrNoBroker: "no-broker", maciebroker.ErrTimeout: "timeout", maciebroker.ErrClosed: "closed",
		maciebroker.ErrProtocol: "protocol",
	} {
		if errors.Is(err, kind) {
			family = name
		}
	}
	return object{"family": family, "type": family, "message": err.Error()}
}

func details(family, kind string, of maciebroker.Details) object {
	out := object{
		"family": family, "type": kind, "message": of.Message, "code": of.RPCCode, "retryable": of.Retryable,
	}
	put(out, "remedy", of.Remedy)
	put(out, "requestId", of.RequestID)
	if of.HTTPStatus != 0 {
		out["httpStatus"] = of.HTTPStatus
	}
	if of.RetryAfter != nil {
		out["retryAfterSeconds"] = of.RetryAfter.Seconds()
	}
	return out
}
