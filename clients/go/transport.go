package maciebroker

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// A transport is a connected socket. Close ends reads and writes that wait.
type transport interface {
	io.ReadCloser
	write(line []byte, deadline time.Time) (int, error)
	// quiet tells whether there is nothing to read and the other side has not hung up.
	quiet() bool
}

const (
	connectTimeout = 5 * time.Second
	busyPause      = 10 * time.Millisecond
	slice          = 50 * time.Millisecond
)

var errNotYet = errors.New("nothing to read yet")

// A dialled is a connection of this client's own.
type dialled struct{ *net.UnixConn }

func (p place) open(ctx context.Context) (transport, error) {
	if p.inherited {
		return p.borrow()
	}
	return p.dial(ctx)
}

func (p place) dial(ctx context.Context) (transport, error) {
	within, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	for {
		stream, err := new(net.Dialer).DialContext(within, "unix", p.path)
		late, _ := err.(net.Error)
		switch {
		case err == nil:
			return dialled{stream.(*net.UnixConn)}, nil
		case errors.Is(err, syscall.EAGAIN) && within.Err() == nil:
			time.Sleep(busyPause) // the broker's backlog is full
		case ctx.Err() != nil || late != nil && late.Timeout():
			return nil, expired(ctx)
		default:
			return nil, p.noBroker(err)
		}
	}
}

func (d dialled) write(line []byte, deadline time.Time) (int, error) {
	_ = d.SetWriteDeadline(deadline)
	return d.Write(line)
}

func (d dialled) quiet() bool {
	raw, err := d.SyscallConn()
	if err == nil {
		_ = raw.Control(func(descriptor uintptr) {
			_, _, err = syscall.Recvfrom(int(descriptor), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		})
	}
	return err == syscall.EAGAIN
}

// A borrowed is the inherited socket. Its flags and time-outs belong to all who share it (PROTOCOL.md, section 1.1), so
// net.FileConn will not do, which sets O_NONBLOCK: this waits with ppoll and uses MSG_DONTWAIT. A wait holds a thread,
// and looks every slice whether it is still wanted. Close leaves the descriptor open.
type borrowed struct {
	descriptor int
	closed     atomic.Bool
}

func (p place) borrow() (transport, error) {
	peer, err := syscall.Getpeername(p.descriptor)
	kind, _ := syscall.GetsockoptInt(p.descriptor, syscall.SOL_SOCKET, syscall.SO_TYPE)
	if _, local := peer.(*syscall.SockaddrUnix); err == nil && (!local || kind != syscall.SOCK_STREAM) {
		err = errors.New("this is not a Unix stream socket")
	}
	if err != nil {
		return nil, p.noBroker(err)
	}
	syscall.CloseOnExec(p.descriptor)
	return &borrowed{descriptor: p.descriptor}, nil
}

// Read gives errNotYet when nothing came within a slice.
func (b *borrowed) Read(into []byte) (int, error) {
	b.await(1) // POLLIN
	if b.closed.Load() {
		return 0, net.ErrClosed
	}
	count, _, err := syscall.Recvfrom(b.descriptor, into, syscall.MSG_DONTWAIT)
	switch {
	case err == syscall.EAGAIN || err == syscall.EINTR:
		return 0, errNotYet
	case err != nil:
		return 0, err
	case count == 0:
		return 0, io.EOF
	}
	return count, nil
}

func (b *borrowed) write(line []byte, deadline time.Time) (written int, err error) {
	const flags = syscall.MSG_DONTWAIT | syscall.MSG_NOSIGNAL
	for written < len(line) && !b.closed.Load() {
		count, err := syscall.SendmsgN(b.descriptor, line[written:], nil, nil, flags)
		switch {
		case err == nil:
			written += count
		case err != syscall.EAGAIN && err != syscall.EINTR:
			return written, err
		case time.Now().After(deadline):
			return written, os.ErrDeadlineExceeded
		default:
			b.await(4) // POLLOUT
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
