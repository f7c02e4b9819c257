package maciebroker

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// A place is where the broker is, and why there (PROTOCOL.md, section 1).
type place struct {
	path, why string
	inherited string // the number of the descriptor, as it is written; "" if it is not that
}

func locate() place {
	if number := os.Getenv("MACIE_BROKER_FD"); number != "" {
		return place{"MACIE_BROKER_FD=" + number, "MACIE_BROKER_FD is set", number}
	}
	if path := os.Getenv("MACIE_BROKER_SOCKET"); path != "" {
		return place{path: path, why: "MACIE_BROKER_SOCKET is set"}
	}
	path := os.Getenv("XDG_RUNTIME_DIR") + "/macie-broker/broker.sock"
	if _, err := os.Stat(path); err == nil && filepath.IsAbs(os.Getenv("XDG_RUNTIME_DIR")) {
		return place{path: path, why: "it is there, in XDG_RUNTIME_DIR"}
	}
	why := "neither MACIE_BROKER_FD nor MACIE_BROKER_SOCKET is set, and XDG_RUNTIME_DIR has none"
	return place{path: "/run/macie-broker/broker.sock", why: why}
}

// open gives a connected socket, and what to watch for something to read. EAGAIN: the broker's backlog is full.
func (p place) open() (descriptor int, watch *os.File, err error) {
	if p.inherited != "" {
		return p.borrow()
	}
	descriptor, err = syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err == nil {
		watch = os.NewFile(uintptr(descriptor), p.path)
		err = syscall.Connect(descriptor, &syscall.SockaddrUnix{Name: p.path})
	}
	if err != nil {
		watch.Close()
	}
	return descriptor, watch, err
}

// borrow does not set O_NONBLOCK, as the runtime's poller needs it: the flags of an inherited socket belong to all who
// share it (PROTOCOL.md, section 1.1). An epoll descriptor that is ready when the socket is stands in for it.
func (p place) borrow() (descriptor int, watch *os.File, err error) {
	number, err := strconv.ParseUint(p.inherited, 10, 31)
	if err != nil {
		return -1, nil, err
	}
	descriptor = int(number)
	peer, err := syscall.Getpeername(descriptor)
	if err != nil {
		return -1, nil, err
	}
	kind, _ := syscall.GetsockoptInt(descriptor, syscall.SOL_SOCKET, syscall.SO_TYPE)
	if _, local := peer.(*syscall.SockaddrUnix); !local || kind != syscall.SOCK_STREAM {
		return -1, nil, errors.New("this is not a Unix stream socket")
	}
	syscall.CloseOnExec(descriptor)
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err == nil {
		_ = syscall.SetNonblock(epoll, true)
		watch = os.NewFile(uintptr(epoll), p.path)
		err = syscall.EpollCtl(epoll, syscall.EPOLL_CTL_ADD, descriptor, &syscall.EpollEvent{Events: syscall.EPOLLIN})
	}
	return descriptor, watch, err
}

// noBroker says what was tried, why, how it failed, and what helps.
func (p place) noBroker(cause error) error {
	help := "start one with macie-brokerd, or say where one listens with MACIE_BROKER_SOCKET=PATH"
	switch {
	case p.inherited != "":
		help = "unset MACIE_BROKER_FD, or have it name an inherited socket that is connected to macie-brokerd"
	case errors.Is(cause, syscall.EACCES):
		help = "ask whoever runs macie-brokerd to open its socket to you, or start your own"
	case errors.Is(cause, syscall.EINVAL):
		help = "a socket's path has 1 to 107 bytes"
	}
	return failed(ErrNoBroker, cause, "no broker at %s (tried because %s): %v; %s", p.path, p.why, cause, help)
}
