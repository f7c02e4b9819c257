package maciebroker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// A place is where the broker is, and why there (PROTOCOL.md, section 1).
type place struct {
	path, why  string
	inherited  bool
	descriptor int // when inherited; -1 if its number is none
}

func locate() place {
	if number := os.Getenv("MACIE_BROKER_FD"); number != "" {
		descriptor, err := strconv.ParseUint(number, 10, 31)
		p := place{"MACIE_BROKER_FD=" + number, "MACIE_BROKER_FD is set", true, int(descriptor)}
		if err != nil {
			p.descriptor = -1
		}
		return p
	}
	if path := os.Getenv("MACIE_BROKER_SOCKET"); path != "" {
		return place{path: path, why: "MACIE_BROKER_SOCKET is set"}
	}
	path := os.Getenv("XDG_RUNTIME_DIR") + "/macie-broker/broker.sock"
	if _, err := os.Stat(path); err == nil && filepath.IsAbs(os.Getenv("XDG_RUNTIME_DIR")) {
		return place{path: path, why: "it is there, in XDG_RUNTIME_DIR"}
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
	case p.inherited:
		help = "unset MACIE_BROKER_FD, or have it name an inherited socket that is connected to macie-brokerd"
	case errors.Is(cause, syscall.EACCES):
		help = "ask whoever runs macie-brokerd to open its socket to you, or start your own"
	case errors.Is(cause, syscall.EINVAL):
		help = "a socket's path has 1 to 107 bytes"
	}
	text := fmt.Sprintf("no broker at %s (tried because %s): %v; %s", p.path, p.why, cause, help)
	return &failure{kind: ErrNoBroker, text: text, cause: cause}
}
