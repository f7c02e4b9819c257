package maciebroker

import (
	"bytes"
	"context"
	"errors"
	"os"
	"sync"
)

const (
	replyLineBytes = 1 << 20 // longer ones are given up
	requestsAtOnce = 32      // more on one connection are refused (PROTOCOL.md, section 8)
	bytesOfOneRead = 16 << 10
)

var errRetired = errors.New("the connection takes no further calls")

// A connection carries many calls at once; replies find theirs by id. It is read only while a call waits: what an
// inherited socket has to say at other times may be meant for another process, and what a socket of our own says then
// is a farewell, which the next call sees before it sends.
type connection struct {
	transport
	inherited bool
	slots     chan struct{}
	sending   sync.Mutex

	mutex             sync.Mutex
	waiting           map[string]chan reply // each is told once, and then no longer here
	partial           []byte                // of a line
	reading, answered bool                  // a goroutine reads; a call got its reply
	retired           bool                  // no further calls; it is closed when the last one is over
	err               error
}

func newConnection(t transport, inherited bool) *connection {
	slots := make(chan struct{}, requestsAtOnce)
	return &connection{transport: t, inherited: inherited, slots: slots, waiting: map[string]chan reply{}}
}

// usable tells whether a further call may begin here.
func (c *connection) usable() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	quiet := c.inherited || len(c.waiting) > 0 || len(c.partial) == 0 && c.quiet()
	return c.err == nil && !c.retired && quiet
}

// ask sends a request line and waits for its reply. kept: the connection had served a call before.
func (c *connection) ask(ctx context.Context, id string, line []byte) (result object, kept bool, err error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, false, expired(ctx)
	}
	answer := make(chan reply, 1)
	if kept, err = c.enter(id, answer); err != nil {
		return nil, false, err
	}
	c.send(ctx, line)
	select {
	case r := <-answer:
		c.leave(id, false)
		return r.result, kept, r.err
	case <-ctx.Done():
		c.leave(id, true)
		return nil, kept, expired(ctx)
	}
}

func (c *connection) enter(id string, answer chan reply) (kept bool, err error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.err != nil || c.retired {
		return false, errRetired
	}
	c.waiting[id] = answer
	if !c.reading {
		c.reading = true
		go c.read()
	}
	return c.answered, nil
}

// leave may retire the connection: it is left to the calls that wait already, and closed when there is none. An inherited
// one is all there is, and stays.
func (c *connection) leave(id string, retire bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	delete(c.waiting, id)
	c.retired = c.retired || retire && !c.inherited
	if c.retired && len(c.waiting) == 0 {
		c.end(errRetired)
	}
}

// end is called with the mutex held.
func (c *connection) end(err error) {
	if c.err == nil {
		c.err = err
		c.tell(nil, reply{err: err})
		c.Close()
	}
}

// tell hands a reply to the call that waits for this id, or to all of them.
func (c *connection) tell(id any, r reply) {
	for waits, answer := range c.waiting {
		if id == nil || id == waits {
			delete(c.waiting, waits)
			answer <- r
			c.answered = true
		}
	}
}

// send needs to report nothing: if the broker has hung up, it may have said why, and the reader finds that and the end.
// But a line that is cut off by the deadline can have no other behind it.
func (c *connection) send(ctx context.Context, line []byte) {
	c.sending.Lock()
	defer c.sending.Unlock()
	deadline, _ := ctx.Deadline()
	if count, err := c.write(line, deadline); count > 0 && errors.Is(err, os.ErrDeadlineExceeded) {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		c.end(&failure{kind: ErrTimeout, text: "the broker does not read what it is asked", cause: err})
	}
}

func (c *connection) read() {
	for chunk, more := make([]byte, bytesOfOneRead), true; more; {
		count, err := c.Read(chunk)
		more = c.received(chunk[:count], err)
	}
}

func (c *connection) received(piece []byte, end error) (more bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if err := c.lines(piece); err != nil {
		c.end(err)
	} else if end != nil && end != errNotYet {
		text := "the broker hung up before its answer was complete"
		c.end(&failure{kind: ErrClosed, text: text, cause: end, midLine: len(c.partial) > 0})
	}
	c.reading = len(c.waiting) > 0
	return c.reading
}

func (c *connection) lines(piece []byte) error {
	for {
		head, rest, whole := bytes.Cut(piece, []byte("\n"))
		if len(c.partial)+len(head) > replyLineBytes {
			return protocolError("a reply has more than %d bytes", replyLineBytes)
		}
		c.partial = append(c.partial, head...)
		if !whole {
			return nil
		}
		id, r, err := parseReply(c.partial)
		if err != nil {
			return err
		}
		// None of our lines is wrong, so an error with id null says that the connection ends.
		c.retired = c.retired || id == nil && !c.inherited
		c.tell(id, r)
		c.partial, piece = c.partial[:0], rest
	}
}
