package maciebroker

import (
	"bytes"
	"context"
	"io"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

const (
	replyLineBytes = 1 << 20 // longer ones are given up
	bytesOfOneRead = 16 << 10
	slice          = 50 * time.Millisecond
	readable       = 1 // POLLIN
	writable       = 4 // POLLOUT
	notBlocking    = syscall.MSG_DONTWAIT | syscall.MSG_NOSIGNAL
)

// A connection carries many calls at once; replies find theirs by id. It is read only while a call waits: what an
// inherited socket has to say at other times may be meant for another process, and what a socket of our own says then
// is a farewell, which the next call sees before it sends.
//
// The flags and time-outs of an inherited socket belong to all who share it (PROTOCOL.md, section 1.1), so the runtime's
// poller will not do, which sets O_NONBLOCK: this waits with ppoll, which holds a thread, and uses MSG_DONTWAIT.
type connection struct {
	descriptor int
	inherited  bool
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

// serve sends and reads while a call waits.
func (c *connection) serve() {
	chunk := make([]byte, bytesOfOneRead)
	for events := int16(readable | writable); events != 0; {
		c.await(events)
		events = c.turn(chunk)
	}
}

// await returns after a slice at the latest. If the descriptor was closed meanwhile, that costs a look in vain.
func (c *connection) await(events int16) {
	polled := struct {
		descriptor      int32
		events, revents int16
	}{int32(c.descriptor), events, 0}
	within := syscall.NsecToTimespec(int64(slice))
	syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&polled)), 1, uintptr(unsafe.Pointer(&within)), 0, 0, 0)
}

// turn does what can be done without waiting, and gives what to wait for, 0 when there is nothing.
func (c *connection) turn(chunk []byte) (events int16) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.err != nil {
		return 0
	}
	c.send()
	count, err := c.receive(chunk, 0)
	if err == nil {
		c.lines(chunk[:count])
	} else if !notYet(err) {
		restarted := c.answered && len(c.partial) == 0 && !c.inherited
		c.end(reply{err: failed(ErrClosed, err, "the broker hung up before its answer was complete"), again: restarted})
	}
	if c.serving = len(c.waiting) > 0; c.serving {
		events = readable
	}
	if c.serving && len(c.outgoing) > 0 {
		events |= writable
	}
	return events
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

// leave may retire the connection: it is left to the calls that wait already, and closed when there is none. An inherited
// one is all there is, and stays, unless the broker does not read what it is asked.
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
		if !c.inherited {
			_ = syscall.Shutdown(c.descriptor, syscall.SHUT_RDWR) // wakes serve
			syscall.Close(c.descriptor)
		}
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
