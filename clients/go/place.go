package maciebroker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// A place is where the broker is, and why there (PROTOCOL.md, section 1).
type place struct {
	path       string
	descriptor int // when inherited
	inherited  bool
	why        string
	wrong      error // MACIE_BROKER_FD makes no sense
}

func locate() place {
	if number := os.Getenv("MACIE_BROKER_FD"); number != "" {
		p := place{path: "MACIE_BROKER_FD=" + number, inherited: true, why: "MACIE_BROKER_FD is set"}
		descriptor, err := strconv.ParseUint(number, 10, 31)
		if err != nil || strings.Trim(number, "0123456789") != "" {
			p.wrong = errors.New("this is not the number of a descriptor")
		}
		p.descriptor = int(descriptor)
		return p
	}
	if path := os.Getenv("MACIE_BROKER_SOCKET"); path != "" {
		return place{path: path, why: "MACIE_BROKER_SOCKET is set"}
	}
	if folder := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(folder) {
		path := folder + "/macie-broker/broker.sock"
		if _, err := os.Stat(path); err == nil {
			return place{path: path, why: "it is there, in XDG_RUNTIME_DIR"}
		}
	}
	return place{
		path: "/run/macie-broker/broker.sock",
		why:  "neither MACIE_BROKER_FD nor MACIE_BROKER_SOCKET is set, and XDG_RUNTIME_DIR has none",
	}
}

// noBroker says what was tried, why, how it failed, and what helps.
func (p place) noBroker(cause error) error {
	help := "start one with macie-brokerd, or say where one listens with MACIE_BROKER_SOCKET=PATH"
	switch {
	case !p.inherited && (p.path == "" || len(p.path) > 107):
		cause = errors.New("a socket's path has 1 to 107 bytes")
	case p.inherited:
		help = "unset MACIE_BROKER_FD, or have it name an inherited socket that is connected to macie-brokerd"
	case errors.Is(cause, syscall.EACCES):
		help = "ask whoever runs macie-brokerd to open its socket to you, or start your own"
	}
	what := cause
	var errno syscall.Errno
	if errors.As(cause, &errno) {
		what = errno
	}
	return &failure{
		kind: ErrNoBroker, cause: cause,
		text: fmt.Sprintf("no broker at %s (tried because %s): %v; %s", p.path, p.why, what, help),
	}
}
