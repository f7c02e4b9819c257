package maciebroker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// What an error of a call can be, for errors.Is; an *AWSError or a *BrokerError is none of these.
var (
	ErrNoBroker = errors.New("no broker can be reached")
	ErrTimeout  = errors.New("no answer in time")
	ErrClosed   = errors.New("the broker hung up before its answer was complete")
	ErrProtocol = errors.New("what came is not the broker's protocol")
	// ErrClientClosed is what calls get after, and during, Close.
	ErrClientClosed = errors.New("the client was closed")
)

// Details are what AWSError and BrokerError have in common. Message and Remedy are for people, and as they came: make
// control characters harmless before you show them. (Error does.)
type Details struct {
	Message    string
	Remedy     string // what the person can do next; "" if there is nothing to say
	Retryable  bool   // the same request may succeed later with nobody changing anything
	RetryAfter *time.Duration
	HTTPStatus int    // of AWS's answer; 0 if there was none
	RequestID  string // AWS's, for AWS's support
	RPCCode    int    // the number of JSON-RPC
}

// An AWSError is an error of AWS. Code is AWS's own name for it, such as AccessDeniedException.
type AWSError struct {
	Code string
	Details
}

// ErrorCode and ErrorMessage are named as in the AWS SDK.
func (e *AWSError) ErrorCode() string    { return e.Code }
func (e *AWSError) ErrorMessage() string { return e.Message }
func (e *AWSError) Error() string        { return e.text(e.Code) }

// A BrokerError says that the broker refused or failed. Type is a name of PROTOCOL.md, such as PermissionDenied.
type BrokerError struct {
	Type string
	Details
}

func (e *BrokerError) Error() string { return e.text(e.Type) }

func (d *Details) text(name string) string {
	text := name + ": " + d.Message
	if d.Remedy != "" {
		text += " (" + d.Remedy + ")"
	}
	return harmless(text)
}

// harmless replaces what would move the cursor or colour the text of a terminal.
func harmless(text string) string {
	return strings.Map(func(character rune) rune {
		if unicode.IsPrint(character) {
			return character
		}
		return unicode.ReplacementChar
	}, text)
}

// A failure is one of the errors above with what there is to say about it.
type failure struct {
	kind, cause error
	text        string
}

func (f *failure) Error() string        { return "macie-broker: " + harmless(f.text) }
func (f *failure) Is(target error) bool { return target == f.kind }
func (f *failure) Unwrap() error        { return f.cause }

func failed(kind, cause error, format string, arguments ...any) error {
	return &failure{kind, cause, fmt.Sprintf(format, arguments...)}
}

func protocolError(format string, arguments ...any) error {
	return failed(ErrProtocol, nil, "this does not speak the broker's protocol: "+format, arguments...)
}

// expired says why the context of a call is done.
func expired(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return failed(nil, ctx.Err(), "the call was given up")
	}
	return failed(ErrTimeout, context.DeadlineExceeded, "no answer in time")
}
