package maciebroker

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	replyLineBytes = 1 << 20 // longer ones are given up
	bytesOfOneRead = 16 << 10
	slice          = 50 * time.Millisecond
	notBlocking    = syscall.MSG_DONTWAIT | syscall.MSG_NOSIGNAL
)

// A connection carries many calls at once; replies find theirs by id. It is read only while a call waits: what an
// inherited socket has to say at other times may be meant for another process, and what a socket of our own says then
// is a farewell, which the next call sees before it sends.
type connection struct {
	descriptor int
	inherited  bool
	watch      *os.File    // the runtime waits for it; to close it closes the socket, unless that is inherited
	mutex      *sync.Mutex // the client's; guards what follows, and the use of the descriptor

	waiting           map[string]chan reply // each is told once, and then no longer here
	outgoing, partial []byte                // what is still to be sent; what came of a line
	serving, answered bool                  // a goroutine sends and reads; a call got its reply
	retired           bool                  // no further calls; it is closed when the last one is over
	err               error                 // why it is closed
}

// wait gives the reply to a call that has entered, unless ctx ends before.
func (c *connection) wait(ctx context.Context, id string, answer chan reply) (r reply) {
	select {
	case r = <-answer:
	case <-ctx.Done():
		r.err = expired(ctx)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	_, failed := r.err.(*failure) // no answer in time, or one that is wrong
	c.leave(id, failed)
	return r
}

// serve sends and reads while a call waits. What a socket does not take at once is tried again after a slice.
func (c *connection) serve() {
	chunk := make([]byte, bytesOfOneRead)
	watched, _ := c.watch.SyscallConn()
	try := func(uintptr) (over bool) {
		for more := true; more; {
			more, over = c.turn(chunk)
		}
		return over
	}
	for err := os.ErrDeadlineExceeded; errors.Is(err, os.ErrDeadlineExceeded); {
		_ = c.watch.SetReadDeadline(time.Now().Add(slice))
		err = watched.Read(try)
	}
}

// turn does what can be done without waiting. over: no call waits.
func (c *connection) turn(chunk []byte) (more, over bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.err != nil {
		return false, true
	}
	c.send()
	count, err := c.receive(chunk, 0)
	if err == nil {
		c.lines(chunk[:count])
	} else if !notYet(err) {
		restarted := c.answered && len(c.partial) == 0 && !c.inherited
		c.end(reply{err: failed(ErrClosed, err, "the broker hung up before its answer was complete"), again: restarted})
	}
	c.serving = len(c.waiting) > 0
	return c.serving && err == nil, !c.serving
}

// What follows is called with the mutex held.

// usable tells whether a further call may begin here. An inherited connection is not asked: there is no other.
func (c *connection) usable() bool {
	return c.err == nil && !c.retired && (len(c.waiting) > 0 || len(c.partial) == 0 && c.quiet())
}

// enter sends a request line, and has a call wait for its reply.
func (c *connection) enter(id string, line []byte, answer chan reply) {
	c.waiting[id] = answer
	c.outgoing = append(c.outgoing, line...)
	c.send()
	if !c.serving {
		c.serving = true
		go c.serve()
	}
}

// leave may retire the connection: it is left to the calls that wait already, and closed when there is none. An
// inherited one is all there is, and stays, unless the broker does not read what it is asked.
func (c *connection) leave(id string, retire bool) {
	delete(c.waiting, id)
	c.retired = c.retired || retire && !c.inherited
	if retire && len(c.outgoing) > 0 || c.retired && len(c.waiting) == 0 {
		c.end(reply{err: failed(ErrClosed, nil, "the connection was given up")})
	}
}

func (c *connection) end(r reply) {
	if c.err == nil {
		c.err = r.err
		c.tell(nil, r)
		go c.watch.Close() // waits until nobody reads, and this may be called while somebody does
	}
}

// tell hands a reply to the call that waits for this id, or to all of them.
func (c *connection) tell(id *string, r reply) {
	for waits, answer := range c.waiting {
		if id == nil || *id == waits {
			delete(c.waiting, waits)
			answer <- r
			c.answered = true
		}
	}
}

// send needs to report nothing: if the broker has hung up, it may have said why, and who reads finds that and the end.
func (c *connection) send() {
	if len(c.outgoing) > 0 {
		count, err := syscall.SendmsgN(c.descriptor, c.outgoing, nil, nil, notBlocking)
		if err != nil && !notYet(err) {
			count = len(c.outgoing)
		}
		c.outgoing = c.outgoing[count:]
	}
}

func (c *connection) receive(into []byte, flags int) (int, error) {
	count, _, err := syscall.Recvfrom(c.descriptor, into, notBlocking|flags)
	if err == nil && count == 0 {
		err = io.EOF
	}
	return count, err
}

// notYet: there is nothing to read, or no room to write, for now.
func notYet(err error) bool { return err == syscall.EAGAIN || err == syscall.EINTR }

// quiet tells whether there is nothing to read and the other side has not hung up.
func (c *connection) quiet() bool {
	_, err := c.receive(make([]byte, 1), syscall.MSG_PEEK)
	return err == syscall.EAGAIN
}

func (c *connection) lines(piece []byte) {
	for {
		head, rest, whole := bytes.Cut(piece, []byte("\n"))
		c.partial = append(c.partial, head...)
		if len(c.partial) > replyLineBytes {
			c.end(reply{err: protocolError("a reply has more than %d bytes", replyLineBytes)})
		}
		if !whole || c.err != nil {
			return
		}
		id, r, err := parseReply(c.partial)
		if err != nil {
			c.end(reply{err: err})
			return
		}
		// None of our lines is wrong, so an error with id null says that the connection ends.
		c.retired = c.retired || id == nil && !c.inherited
		c.tell(id, r)
		c.partial, piece = c.partial[:0], rest
	}
}
