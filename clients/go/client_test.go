package maciebroker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// These try what the vectors cannot say: many goroutines, contexts, descriptors, and what is left behind.

// A fake broker hands each request's id to answer, which gives the reply line, or "" for none.
func fake(t *testing.T, answer func(id string) string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "b.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			stream, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { stream.Close() })
			go serve(stream, answer)
		}
	}()
	return path
}

func serve(stream net.Conn, answer func(id string) string) {
	var turn sync.Mutex
	for lines := bufio.NewScanner(stream); lines.Scan(); {
		var request struct{ ID string }
		if json.Unmarshal(lines.Bytes(), &request) != nil {
			return
		}
		go func() {
			if line := answer(request.ID); line != "" {
				turn.Lock()
				defer turn.Unlock()
				fmt.Fprintln(stream, line)
			}
		}()
	}
}

func session(id string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%q,"result":{"session":{"status":%q},"provenance":{"profile":"p",`+
		`"region":"r","fetchedAt":"2026-03-01T08:00:00Z","ageSeconds":0.5,"cached":false,"attempts":1}}}`, id, id)
}

func within(t *testing.T, limit time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	return ctx
}

func descriptors(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// eventually waits for what other goroutines do a moment later.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !holds(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal(what)
		}
	}
}

func TestManyGoroutinesShareOneConnectionAndKeepToTheLimit(t *testing.T) {
	var mutex sync.Mutex
	now, most := 0, 0
	count := func(by int) {
		mutex.Lock()
		defer mutex.Unlock()
		if now += by; now > most {
			most = now
		}
	}
	c := NewAt(fake(t, func(id string) string {
		count(1)
		time.Sleep(time.Millisecond)
		count(-1)
		return session(id)
	}))
	defer c.Close()
	before := descriptors(t)
	statuses := make(chan MacieStatus, 400)
	var group sync.WaitGroup
	for i := 0; i < 40; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for j := 0; j < 10; j++ {
				out, err := c.GetMacieSession(within(t, 20*time.Second), nil)
				if err != nil {
					t.Error(err)
					return
				}
				statuses <- out.Status
			}
		}()
	}
	group.Wait()
	close(statuses)
	seen := map[MacieStatus]bool{}
	for status := range statuses {
		seen[status] = true
	}
	if len(seen) != 400 {
		t.Errorf("%d of 400 answers reached their callers", len(seen))
	}
	if most > 32 || most < 2 {
		t.Errorf("%d requests were in flight at once", most)
	}
	if opened := descriptors(t) - before; opened > 4 { // both ends, the poller's two
		t.Errorf("%d descriptors were opened", opened)
	}
}

func TestACancelledCallEndsAtOnceAndOthersGoOn(t *testing.T) {
	release := make(chan struct{})
	c := NewAt(fake(t, func(id string) string {
		<-release
		return session(id)
	}))
	defer c.Close()
	patient := make(chan error)
	go func() {
		_, err := c.GetMacieSession(within(t, 20*time.Second), nil)
		patient <- err
	}()
	eventually(t, "the first call never waited", func() bool { return waiting(c) == 1 })
	ctx, cancel := context.WithCancel(context.Background())
	hasty := make(chan error)
	go func() {
		_, err := c.GetMacieSession(ctx, nil)
		hasty <- err
	}()
	eventually(t, "the second call never waited", func() bool { return waiting(c) == 2 })
	cancel()
	if err := <-hasty; !errors.Is(err, context.Canceled) || errors.Is(err, ErrTimeout) {
		t.Errorf("the cancelled call says %v", err)
	}
	close(release)
	if err := <-patient; err != nil {
		t.Errorf("the other call says %v", err)
	}
}

func waiting(c *Client) int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.current == nil {
		return 0
	}
	return len(c.current.waiting)
}

// requestSeconds, PROTOCOL.md section 8.
func TestTheBrokersOwnLimitIsOverBeforeTheClients(t *testing.T) {
	if DefaultTimeout <= 30*time.Second {
		t.Fatal(DefaultTimeout)
	}
}

func TestADeadlineIsATimeoutAndTheContextsError(t *testing.T) {
	c := NewAt(fake(t, func(string) string { return "" }))
	defer c.Close()
	_, err := c.GetMacieSession(within(t, 20*time.Millisecond), nil)
	if !errors.Is(err, ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestCloseEndsCallsThatWaitAndLeavesNothingBehind(t *testing.T) {
	before, routines := descriptors(t), runtime.NumGoroutine()
	c := NewAt(fake(t, func(string) string { return "" }))
	done := make(chan error)
	go func() {
		_, err := c.GetMacieSession(context.Background(), nil)
		done <- err
	}()
	eventually(t, "the call never waited", func() bool { return waiting(c) == 1 })
	c.Close()
	if err := <-done; !errors.Is(err, ErrClientClosed) {
		t.Errorf("the call that waited says %v", err)
	}
	if _, err := c.GetMacieSession(context.Background(), nil); !errors.Is(err, ErrClientClosed) {
		t.Errorf("a call afterwards says %v", err)
	}
	// The fake's listener, its end of the connection, the poller's two, and their goroutines are left.
	eventually(t, "descriptors were left", func() bool { return descriptors(t) <= before+4 })
	eventually(t, "goroutines were left", func() bool { return runtime.NumGoroutine() <= routines+2 })
}

func TestReconnectingLeaksNoDescriptor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.sock")
	c := NewAt(path)
	defer c.Close()
	once := func() {
		listener, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		streams := make(chan net.Conn, 1)
		go func() {
			stream, err := listener.Accept()
			if err == nil {
				streams <- stream
				serve(stream, session)
			}
		}()
		if _, err := c.GetMacieSession(within(t, 5*time.Second), nil); err != nil {
			t.Fatal(err)
		}
		listener.Close()
		(<-streams).Close()
	}
	once()
	before := descriptors(t)
	for i := 0; i < 50; i++ {
		once()
	}
	if after := descriptors(t); after > before+2 {
		t.Errorf("%d descriptors before, %d after 50 restarts", before, after)
	}
}

func TestErrorsAreFoundByTheirTypes(t *testing.T) {
	refusal := func(origin, kind string) func(string) string {
		return func(id string) string {
			return fmt.Sprintf(`{"jsonrpc":"2.0","id":%q,"error":{"code":-32000,"message":"no\u001b[2J","data":{"type":%q,`+
				`"origin":%q,"retryable":true,"retryAfterSeconds":1e300,"httpStatus":403,"remedy":"r"}}}`, id, kind, origin)
		}
	}
	var aws *AWSError
	_, err := NewAt(fake(t, refusal("aws", "AccessDeniedException"))).GetMacieSession(within(t, 5*time.Second), nil)
	if !errors.As(fmt.Errorf("wrapped: %w", err), &aws) || aws.Code != "AccessDeniedException" || aws.HTTPStatus != 403 {
		t.Errorf("%#v", err)
	}
	if *aws.RetryAfter < 100*365*24*time.Hour || !strings.Contains(aws.Message, "\x1b") {
		t.Errorf("%#v", aws.Details)
	}
	if text := err.Error(); text != "AccessDeniedException: no\ufffd[2J (r)" {
		t.Error(text)
	}
	var broker *BrokerError
	_, err = NewAt(fake(t, refusal("broker", "Locked"))).GetMacieSession(within(t, 5*time.Second), nil)
	if !errors.As(err, &broker) || broker.Type != "Locked" || errors.As(err, &aws) {
		t.Errorf("%#v", err)
	}
	_, err = NewAt(filepath.Join(t.TempDir(), "none")).GetMacieSession(context.Background(), nil)
	if !errors.Is(err, ErrNoBroker) || !errors.Is(err, syscall.ENOENT) {
		t.Errorf("%#v", err)
	}
	_, err = NewAt(strings.Repeat("x", 108)).GetMacieSession(context.Background(), nil)
	if !errors.Is(err, ErrNoBroker) || !strings.Contains(err.Error(), "1 to 107 bytes") {
		t.Errorf("%#v", err)
	}
}

// inherited gives one end of a pair of connected sockets as MACIE_BROKER_FD, and serves the other.
func inherited(t *testing.T, answer func(string) string) (descriptor int) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(pair[1]), "broker")
	stream, err := net.FileConn(file)
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	t.Cleanup(func() { stream.Close(); syscall.Close(pair[0]) })
	go serve(stream, answer)
	t.Setenv("MACIE_BROKER_FD", fmt.Sprint(pair[0]))
	return pair[0]
}

func TestAnInheritedDescriptorIsSharedByGoroutinesAndLeftAsItWas(t *testing.T) {
	descriptor := inherited(t, session)
	flags := func(command uintptr) uintptr {
		value, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(descriptor), command, 0)
		if errno != 0 {
			t.Fatal(errno)
		}
		return value
	}
	before := flags(syscall.F_GETFL)
	c := New()
	var group sync.WaitGroup
	for i := 0; i < 40; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			if _, err := c.GetMacieSession(within(t, 20*time.Second), nil); err != nil {
				t.Error(err)
			}
		}()
	}
	group.Wait()
	c.Close()
	if after := flags(syscall.F_GETFL); after != before || after&syscall.O_NONBLOCK != 0 {
		t.Errorf("the flags were %#x and are %#x", before, after)
	}
	if flags(syscall.F_GETFD)&syscall.FD_CLOEXEC == 0 {
		t.Error("the descriptor would be inherited by this program's children")
	}
	if _, err := New().GetMacieSession(within(t, 5*time.Second), nil); err != nil {
		t.Errorf("the next user of the descriptor is told %v", err)
	}
}

func TestNothingIsReadFromAnInheritedDescriptorBetweenCalls(t *testing.T) {
	descriptor := inherited(t, func(id string) string { return session(id) })
	c := New()
	defer c.Close()
	if _, err := c.GetMacieSession(within(t, 5*time.Second), nil); err != nil {
		t.Fatal(err)
	}
	// Another process asks now, and its reply must be left to it.
	other := `{"jsonrpc":"2.0","id":"other","method":"macie2.GetMacieSession"}` + "\n"
	if _, err := syscall.Write(descriptor, []byte(other)); err != nil {
		t.Fatal(err)
	}
	time.Sleep(3 * slice)
	reply := make([]byte, 1<<10)
	count, _, err := syscall.Recvfrom(descriptor, reply, syscall.MSG_DONTWAIT)
	if err != nil {
		t.Errorf("the other process reads nothing: %v", err)
	} else if text := string(reply[:count]); text != session("other")+"\n" {
		t.Errorf("the other process reads %q", text)
	}
}

func TestACallOnAnInheritedDescriptorTimesOut(t *testing.T) {
	inherited(t, func(string) string { return "" })
	c := New()
	defer c.Close()
	begun := time.Now()
	if _, err := c.GetMacieSession(within(t, 20*time.Millisecond), nil); !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
	if took := time.Since(begun); took > time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestABrokerThatDoesNotReadHoldsNobodyUpBeyondTheDeadline(t *testing.T) {
	listener, err := net.Listen("unix", filepath.Join(t.TempDir(), "b.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(pair[0])
	defer syscall.Close(pair[1])
	t.Setenv("MACIE_BROKER_FD", fmt.Sprint(pair[0]))
	long := &GetMacieSessionInput{Profile: strings.Repeat("p", 1<<20)} // more than a socket takes
	for _, c := range []*Client{NewAt(listener.Addr().String()), New()} {
		var group sync.WaitGroup
		for i := 1; i <= 4; i++ {
			group.Add(1)
			go func(limit time.Duration) {
				defer group.Done()
				begun := time.Now()
				_, err := c.GetMacieSession(within(t, limit), long)
				if !errors.Is(err, ErrTimeout) && !errors.Is(err, ErrClosed) || time.Since(begun) > limit+time.Second {
					t.Errorf("after %v: %v", time.Since(begun), err)
				}
			}(time.Duration(i) * 30 * time.Millisecond)
		}
		group.Wait()
		if c.current != nil && c.current.err == nil { // on a slow machine no call may have come to connecting
			t.Error("a connection on which a line was cut off is still in use")
		}
		c.Close()
	}
}

func TestMaxAgeIsSentInWholeSecondsRoundedDown(t *testing.T) {
	lines := make(chan string, 1)
	path := filepath.Join(t.TempDir(), "b.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		stream, err := listener.Accept()
		if err == nil {
			line, _ := bufio.NewReader(stream).ReadString('\n')
			stream.Close()
			lines <- line
		}
	}()
	age := 2900 * time.Millisecond
	in := &GetMacieSessionInput{Profile: "p", Region: "r-1", MaxAge: &age}
	if _, err := NewAt(path).GetMacieSession(within(t, 5*time.Second), in); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if line := <-lines; !strings.Contains(line, `"params":{"maxAgeSeconds":2,"profile":"p","region":"r-1"}`) {
		t.Error(line)
	}
}
