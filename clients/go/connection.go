package maciebroker

import (
	"bytes"
	"context"
	"errors"
	"sync"
)

const (
	replyLineBytes = 1 << 20 // longer ones are given up
	requestsAtOnce = 32      // more on one connection are refused (PROTOCOL.md, section 8)
	bytesOfOneRead = 16 << 10
)

var errRetired = errors.New("the connection takes no further calls")

// A reply is what belongs to one request: a result, or an *AWSError or *BrokerError.
type reply struct {
	result map[string]any
	err    error
}

// A connection carries many calls at once; replies find theirs by id. It is read only while a call waits: what an
// inherited socket has to say at other times may be meant for another process, and what a socket of our own says then
// is a farewell, which the next call sees before it sends.
type connection struct {
	transport
	inherited bool
	slots     chan struct{}
	out       chan []byte
	ended     chan struct{} // closed when err is set
	chunk     []byte        // the reader's

	mutex    sync.Mutex
	waiting  map[string]chan reply
	partial  []byte // of a line
	reading  bool
	retired  bool // no further calls; it is closed when the last one is over
	answered bool // a call got its reply
	err      error
}

func newConnection(t transport, inherited bool) *connection {
	c := &connection{
		transport: t, inherited: inherited, slots: make(chan struct{}, requestsAtOnce), out: make(chan []byte),
		ended: make(chan struct{}), chunk: make([]byte, bytesOfOneRead), waiting: map[string]chan reply{},
	}
	go c.write()
	return c
}

// usable tells whether a further call may begin here.
func (c *connection) usable() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.err != nil || c.retired {
		return false
	}
	return c.inherited || len(c.waiting) > 0 || len(c.partial) == 0 && c.quiet()
}

// ask sends a request line and waits for its reply. kept: the connection had served a call before.
func (c *connection) ask(ctx context.Context, id string, line []byte) (result map[string]any, kept bool, err error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-c.ended:
		return nil, false, errRetired
	case <-ctx.Done():
		return nil, false, expired(ctx)
	}
	answer, kept, err := c.enter(id)
	if err != nil {
		return nil, false, err
	}
	defer c.leave(id)
	select {
	case c.out <- line:
	case <-c.ended:
	case <-ctx.Done():
	}
	select {
	case r := <-answer:
		return r.result, kept, r.err
	case <-c.ended:
		select {
		case r := <-answer:
			return r.result, kept, r.err
		default:
			return nil, kept, c.err
		}
	case <-ctx.Done():
		c.retire()
		return nil, kept, expired(ctx)
	}
}

func (c *connection) enter(id string) (answer chan reply, kept bool, err error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.err != nil || c.retired {
		return nil, false, errRetired
	}
	answer = make(chan reply, 1)
	c.waiting[id] = answer
	if !c.reading {
		c.reading = true
		go c.read()
	}
	return answer, c.answered, nil
}

func (c *connection) leave(id string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	delete(c.waiting, id)
	if c.retired && len(c.waiting) == 0 {
		c.end(errRetired)
	}
}

// retire leaves the connection to the calls that wait already, and closes it when there is none. An inherited one is
// all there is, and stays.
func (c *connection) retire() {
	c.mutex.Lock()
	c.retired = !c.inherited
	c.mutex.Unlock()
	c.leave("")
}

// end is called with the mutex held.
func (c *connection) end(err error) {
	if c.err == nil {
		c.err = err
		close(c.ended)
		c.Close()
	}
}

func (c *connection) shut(err error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.end(err)
}

func (c *connection) write() {
	for {
		select {
		case line := <-c.out:
			// An error needs no word: the reader finds the end, after what the broker said before it.
			_, _ = c.Write(line)
		case <-c.ended:
			return
		}
	}
}

func (c *connection) read() {
	for c.wanted() {
		count, err := c.Read(c.chunk)
		if wrong := c.received(c.chunk[:count]); wrong != nil {
			c.shut(wrong)
		} else if err != nil && err != errNotYet {
			c.hungUp(err)
		}
	}
}

func (c *connection) wanted() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.reading = c.err == nil && len(c.waiting) > 0
	return c.reading
}

func (c *connection) hungUp(cause error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	text := "the broker hung up before its answer was complete"
	if c.inherited {
		text += ", and there is no other way to it than MACIE_BROKER_FD"
	}
	c.end(&failure{kind: ErrClosed, text: text, cause: cause, midLine: len(c.partial) > 0})
}

func (c *connection) received(piece []byte) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for {
		end := bytes.IndexByte(piece, '\n')
		length := end
		if end < 0 {
			length = len(piece)
		}
		if len(c.partial)+length > replyLineBytes {
			return protocolError("a reply has more than %d bytes", replyLineBytes)
		}
		c.partial = append(c.partial, piece[:length]...)
		if end < 0 {
			return nil
		}
		err := c.line(c.partial)
		if c.partial = c.partial[:0]; err != nil {
			return err
		}
		piece = piece[end+1:]
	}
}

// line takes one reply line to the call that it belongs to, if there is one. None of our lines is wrong, so an error
// with id null says that the connection ends: it is the answer to all that wait.
func (c *connection) line(text []byte) error {
	id, r, err := parseReply(text)
	if err != nil {
		return err
	}
	for waits, answer := range c.waiting {
		if id == nil || id == waits {
			delete(c.waiting, waits)
			c.answered = true
			answer <- r
		}
	}
	c.retired = c.retired || id == nil && !c.inherited
	return nil
}
