// Package maciebroker asks macie-broker for the Macie session of an AWS account, over a Unix socket, and never sees a
// key. Calls look as with the AWS SDK for Go v2.
package maciebroker

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync"
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
	turn    chan struct{} // who connects; guards connection
	current *connection
	closing sync.Once
	closed  chan struct{}
}

// New gives a client of the broker that MACIE_BROKER_FD, MACIE_BROKER_SOCKET or the usual places lead to. Nothing is
// connected yet; that there is no broker is for the first call to say.
func New() *Client { return newClient(locate()) }

// NewAt gives a client of the broker at a socket's path, whatever the environment says.
func NewAt(path string) *Client { return newClient(place{path: path, why: "the program was given it"}) }

func newClient(at place) *Client {
	prefix := make([]byte, 8)
	if _, err := rand.Read(prefix); err != nil {
		panic("macie-broker: the system has no random numbers: " + err.Error())
	}
	return &Client{
		place: at, prefix: "go-" + hex.EncodeToString(prefix) + "-",
		turn: make(chan struct{}, 1), closed: make(chan struct{}),
	}
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
	Profile, Region string
	RequestID       string // AWS's; "" if it gave none
	FetchedAt       time.Time
	AgeSeconds      float64
	Cached          bool
	Attempts        int
}

// GetMacieSession asks for the Macie session. Errors are an *AWSError, a *BrokerError, or match one of the Err values;
// when ctx ended the call, they match its error, too.
func (c *Client) GetMacieSession(ctx context.Context, in *GetMacieSessionInput) (*GetMacieSessionOutput, error) {
	params := map[string]any{}
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
	result, from, err := c.call(ctx, "macie2.GetMacieSession", params)
	var out *GetMacieSessionOutput
	if err == nil {
		out, err = output(result)
	}
	if errors.Is(err, ErrProtocol) && from != nil {
		from.retire()
	}
	return out, err
}

// call asks once, and once more if a connection that had served before ended without a byte of an answer: then the
// broker was restarted. All methods only read, so no harm is done if the first request was carried out.
func (c *Client) call(ctx context.Context, method string, params any) (map[string]any, *connection, error) {
	for repeated := false; ; {
		id := fmt.Sprint(c.prefix, c.calls.Add(1))
		line, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "method": method, "params": params})
		if err != nil {
			return nil, nil, err
		}
		connection, err := c.connect(ctx)
		if err != nil {
			return nil, nil, err
		}
		result, kept, err := connection.ask(ctx, id, append(line, '\n'))
		var ended *failure
		hungUp := errors.As(err, &ended) && ended.kind == ErrClosed && !ended.midLine
		switch {
		case err == errRetired:
			continue
		case hungUp && kept && !repeated && !c.place.inherited:
			repeated = true
			continue
		}
		return result, connection, err
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
	select {
	case <-c.closed:
		return nil, ErrClientClosed
	default:
	}
	if c.current != nil {
		if c.current.usable() {
			return c.current, nil
		}
		if c.place.inherited {
			return nil, c.current.err
		}
		c.current.retire()
	}
	open := c.place.dial
	if c.place.inherited {
		open = func(context.Context) (transport, error) { return c.place.borrow() }
	}
	stream, err := open(ctx)
	if err != nil {
		return nil, err
	}
	c.current = newConnection(stream, c.place.inherited)
	return c.current, nil
}

// Close ends the connection, and calls that wait with it. An inherited descriptor stays open: it is not the client's.
func (c *Client) Close() error {
	c.closing.Do(func() {
		close(c.closed)
		c.turn <- struct{}{}
		defer func() { <-c.turn }()
		if c.current != nil {
			c.current.shut(ErrClientClosed)
		}
	})
	return nil
}
