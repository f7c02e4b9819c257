// Package maciebroker asks macie-broker for the Macie session of an AWS account, over a Unix socket, and never sees a
// key. Calls look as with the AWS SDK for Go v2.
package maciebroker

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"
)

// DefaultTimeout is how long a call may take, connecting included, whose context has no deadline.
const DefaultTimeout = 30 * time.Second

// A Client has one connection, which the first call opens and further calls share, many at the same time. It may be
// used from any number of goroutines. If the broker was restarted, the next call connects again.
type Client struct {
	place   place
	prefix  string // of ids: no earlier user of an inherited socket had it
	calls   atomic.Uint64
	turn    chan struct{} // who connects; guards what follows
	current *connection
	closed  bool
}

// New gives a client of the broker that MACIE_BROKER_FD, MACIE_BROKER_SOCKET or the usual places lead to. Nothing is
// connected yet; that there is no broker is for the first call to say.
func New() *Client { return newClient(locate()) }

// NewAt gives a client of the broker at a socket's path, whatever the environment says.
func NewAt(path string) *Client { return newClient(place{path: path, why: "the program was given it"}) }

func newClient(at place) *Client {
	prefix := make([]byte, 8)
	_, _ = rand.Read(prefix) // of no weight, should it fail: ids need to be unlikely, not secret
	return &Client{place: at, prefix: fmt.Sprintf("go-%x-", prefix), turn: make(chan struct{}, 1)}
}

// MacieStatus is a status of Macie; values that AWS adds later come as they are.
type MacieStatus string

// FindingPublishingFrequency is how often findings are published; values that AWS adds later come as they are.
type FindingPublishingFrequency string

// The values that AWS documents.
const (
	MacieStatusPaused                        MacieStatus                = "PAUSED"
	MacieStatusEnabled                       MacieStatus                = "ENABLED"
	FindingPublishingFrequencyFifteenMinutes FindingPublishingFrequency = "FIFTEEN_MINUTES"
	FindingPublishingFrequencyOneHour        FindingPublishingFrequency = "ONE_HOUR"
	FindingPublishingFrequencySixHours       FindingPublishingFrequency = "SIX_HOURS"
)

// GetMacieSessionInput may be nil, and each member left out.
type GetMacieSessionInput struct {
	Profile string         // of the broker's profiles; "" for its default
	Region  string         // "" for the profile's own
	MaxAge  *time.Duration // the oldest answer that will do, in whole seconds; 0 asks AWS now, nil leaves it to the broker
}

// GetMacieSessionOutput has AWS's members, nil or "" where AWS left them out, and where they come from.
type GetMacieSessionOutput struct {
	CreatedAt                  *time.Time
	FindingPublishingFrequency FindingPublishingFrequency
	ServiceRole                *string
	Status                     MacieStatus
	UpdatedAt                  *time.Time
	Provenance                 Provenance
}

// Provenance says where an answer comes from and how old it is.
type Provenance struct {
	Profile, Region, RequestID string // RequestID is AWS's, "" if it gave none
	FetchedAt                  time.Time
	AgeSeconds                 float64
	Cached                     bool
	Attempts                   int
}

// GetMacieSession asks for the Macie session. Errors are an *AWSError, a *BrokerError, or match one of the Err values;
// when ctx ended the call, they match its error, too.
func (c *Client) GetMacieSession(ctx context.Context, in *GetMacieSessionInput) (*GetMacieSessionOutput, error) {
	params := object{}
	if in != nil && in.Profile != "" {
		params["profile"] = in.Profile
	}
	if in != nil && in.Region != "" {
		params["region"] = in.Region
	}
	if in != nil && in.MaxAge != nil {
		params["maxAgeSeconds"] = int64(math.Floor(in.MaxAge.Seconds()))
	}
	if _, limited := ctx.Deadline(); !limited {
		within, cancel := context.WithTimeout(ctx, DefaultTimeout)
		defer cancel()
		ctx = within
	}
	return c.call(ctx, object{"jsonrpc": "2.0", "method": "macie2.GetMacieSession", "params": params})
}

// call asks once, and once more if a connection that had served before ended without a byte of an answer: then the
// broker was restarted. All methods only read, so no harm is done if the first request was carried out.
func (c *Client) call(ctx context.Context, request object) (out *GetMacieSessionOutput, err error) {
	for repeated := false; ; {
		id := fmt.Sprint(c.prefix, c.calls.Add(1))
		request["id"] = id
		line, err := json.Marshal(request)
		if err != nil {
			return nil, err
		}
		connection, err := c.connect(ctx)
		if err != nil {
			return nil, err
		}
		result, kept, err := connection.ask(ctx, id, append(line, '\n'))
		if err == nil {
			out, err = output(result)
		}
		var ended *failure
		hungUp := errors.As(err, &ended) && ended.kind == ErrClosed && !ended.midLine
		switch {
		case err == errRetired:
		case hungUp && kept && !repeated && !c.place.inherited:
			repeated = true
		case errors.Is(err, ErrProtocol):
			connection.leave(id, true)
			return nil, err
		default:
			return out, err
		}
	}
}

// connect gives the connection, a new one if there is none of use.
func (c *Client) connect(ctx context.Context) (*connection, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, expired(ctx)
	}
	switch {
	case c.closed:
		return nil, ErrClientClosed
	case c.current != nil && c.current.usable():
		return c.current, nil
	case c.current != nil && c.place.inherited:
		return nil, c.current.err
	case c.current != nil:
		c.current.leave("", true)
	}
	stream, err := c.place.open(ctx)
	if err == nil {
		c.current = newConnection(stream, c.place.inherited)
	}
	return c.current, err
}

// Close ends the connection, and calls that wait with it. An inherited descriptor stays open: it is not the client's.
func (c *Client) Close() error {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	c.closed = true
	if c.current != nil {
		c.current.mutex.Lock()
		defer c.current.mutex.Unlock()
		c.current.end(ErrClientClosed)
	}
	return nil
}
