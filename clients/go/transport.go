package maciebroker

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// A transport is a connected socket. Close ends reads and writes that wait.
type transport interface {
	io.ReadWriteCloser
	// quiet tells whether there is nothing to read and the other side has not hung up.
	quiet() bool
}

// A dialled is a connection of this client's own.
type dialled struct{ *net.UnixConn }

const (
	connectTimeout = 5 * time.Second
	busyPause      = 10 * time.Millisecond
	slice          = 50 * time.Millisecond
)

func (p place) dial(ctx context.Context) (transport, error) {
	within, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	for {
		stream, err := new(net.Dialer).DialContext(within, "unix", p.path)
		var late net.Error
		switch {
		case err == nil:
			return dialled{stream.(*net.UnixConn)}, nil
		case errors.Is(ctx.Err(), context.Canceled):
			return nil, expired(ctx)
		case errors.Is(err, syscall.EAGAIN) && within.Err() == nil:
			// The broker's backlog is full.
			select {
			case <-time.After(busyPause):
			case <-within.Done():
			}
		case errors.As(err, &late) && late.Timeout():
			text := "the broker at " + p.path + " does not accept connections"
			return nil, &failure{kind: ErrTimeout, text: text, cause: context.DeadlineExceeded}
		default:
			return nil, p.noBroker(err)
		}
	}
}

func (d dialled) quiet() bool {
	raw, err := d.SyscallConn()
	if err != nil {
		return false
	}
	controlled := raw.Control(func(descriptor uintptr) {
		_, _, err = syscall.Recvfrom(int(descriptor), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	})
	return controlled == nil && err == syscall.EAGAIN
}

// A borrowed is the inherited socket. Its flags and time-outs belong to all who share it (PROTOCOL.md, section 1.1), so
// net.FileConn will not do, which sets O_NONBLOCK: this waits with ppoll and uses MSG_DONTWAIT. A wait holds a thread,
// and looks every slice whether it is still wanted. Close leaves the descriptor open.
type borrowed struct {
	descriptor int
	closed     atomic.Bool
}

var errNotYet = errors.New("nothing to read yet")

func (p place) borrow() (transport, error) {
	if p.wrong != nil {
		return nil, p.noBroker(p.wrong)
	}
	kind, err := syscall.GetsockoptInt(p.descriptor, syscall.SOL_SOCKET, syscall.SO_TYPE)
	if err != nil {
		return nil, p.noBroker(err)
	}
	peer, err := syscall.Getpeername(p.descriptor)
	if err != nil {
		return nil, p.noBroker(err)
	}
	if _, unix := peer.(*syscall.SockaddrUnix); !unix || kind != syscall.SOCK_STREAM {
		return nil, p.noBroker(errors.New("this is not a Unix stream socket"))
	}
	syscall.CloseOnExec(p.descriptor)
	return &borrowed{descriptor: p.descriptor}, nil
}

// Read gives errNotYet when nothing came within a slice.
func (b *borrowed) Read(into []byte) (int, error) {
	count, _, err := syscall.Recvfrom(b.descriptor, into, syscall.MSG_DONTWAIT)
	switch {
	case b.closed.Load():
		return 0, net.ErrClosed
	case err == syscall.EAGAIN || err == syscall.EINTR:
		b.await(1) // POLLIN
		return 0, errNotYet
	case err == nil && count == 0:
		return 0, io.EOF
	}
	return count, err
}

func (b *borrowed) Write(line []byte) (int, error) {
	written := 0
	for written < len(line) {
		count, err := syscall.SendmsgN(b.descriptor, line[written:], nil, nil, syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL)
		switch {
		case b.closed.Load():
			return written, net.ErrClosed
		case err == syscall.EAGAIN || err == syscall.EINTR:
			b.await(4) // POLLOUT
		case err != nil:
			return written, err
		default:
			written += count
		}
	}
	return written, nil
}

func (b *borrowed) await(events int16) {
	polled := struct {
		descriptor      int32
		events, revents int16
	}{int32(b.descriptor), events, 0}
	within := syscall.NsecToTimespec(int64(slice))
	syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&polled)), 1, uintptr(unsafe.Pointer(&within)), 0, 0, 0)
}

func (b *borrowed) quiet() bool { return true }

func (b *borrowed) Close() error {
	b.closed.Store(true)
	return nil
}
