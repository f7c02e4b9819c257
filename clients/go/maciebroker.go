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
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// DefaultTimeout is how long a call may take, connecting included, whose context has no deadline.
const DefaultTimeout = 35 * time.Second

const (
	requestsAtOnce = 32 // more on one connection are refused (PROTOCOL.md, section 8)
	busyPause      = 10 * time.Millisecond
)

// A Client has one connection, which the first call opens and further calls share, many at the same time. It may be
// used from any number of goroutines. If the broker was restarted, the next call connects again.
type Client struct {
	place  place
	prefix string // of ids: no earlier user of an inherited socket had it
	calls  atomic.Uint64
	slots  chan struct{}

	mutex   sync.Mutex // guards what follows
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
	return &Client{place: at, prefix: fmt.Sprintf("go-%x-", prefix), slots: make(chan struct{}, requestsAtOnce)}
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
	return c.call(ctx, "macie2.GetMacieSession", params)
}

// call asks once, and once more if a connection that had served before ended without a byte of an answer: then the
// broker was restarted. All methods only read, so no harm is done if the first request was carried out.
func (c *Client) call(ctx context.Context, method string, params map[string]any) (*GetMacieSessionOutput, error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, expired(ctx)
	}
	id, answer := fmt.Sprint(c.prefix, c.calls.Add(1)), make(chan reply, 1)
	request := map[string]any{"jsonrpc": "2.0", "id": id, "method": method, "params": params}
	line, _ := json.Marshal(request) // strings and an integer: it cannot fail
	for repeated := false; ; repeated = true {
		connection, err := c.enter(ctx, id, append(line, '\n'), answer)
		if err != nil {
			return nil, err
		}
		if r := connection.wait(ctx, id, answer); repeated || !r.again {
			return r.out, r.err
		}
	}
}

// enter begins a call on the connection, and tries again while the broker's backlog is full.
func (c *Client) enter(ctx context.Context, id string, line []byte, answer chan reply) (*connection, error) {
	for ctx.Err() == nil {
		c.mutex.Lock()
		connection, err := c.connect()
		if err == nil {
			connection.enter(id, line, answer)
		}
		c.mutex.Unlock()
		if !errors.Is(err, syscall.EAGAIN) {
			return connection, err
		}
		time.Sleep(busyPause)
	}
	return nil, expired(ctx)
}

// connect makes a new connection if there is none of use. It is called with the mutex held.
func (c *Client) connect() (*connection, error) {
	switch {
	case c.closed:
		return nil, ErrClientClosed
	case c.current == nil:
	case c.current.inherited || c.current.usable():
		return c.current, c.current.err
	default:
		c.current.leave("", true)
	}
	descriptor, watch, err := c.place.open()
	if err != nil {
		return nil, c.place.noBroker(err)
	}
	c.current = &connection{descriptor: descriptor, watch: watch, inherited: c.place.inherited != "", mutex: &c.mutex}
	c.current.waiting = map[string]chan reply{}
	return c.current, nil
}

// Close ends the connection, and calls that wait with it. An inherited descriptor stays open: it is not the client's.
func (c *Client) Close() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.closed = true
	if c.current != nil {
		c.current.end(reply{err: ErrClientClosed})
	}
	return nil
}
