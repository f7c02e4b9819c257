// The load client: one request in flight on each of N connections, one thread, one epoll.
//
//     load --socket PATH --wire json --connections 64 --seconds 1 --pid SERVER
//
// Every reply is looked at. CPU time, the server's and its own, is read from the kernel's clocks of the two processes
// at both ends of the measured time, so a run tells by itself which of the two was the bottleneck.

#define _GNU_SOURCE
#include <sys/epoll.h>
#include <time.h>

#include "connect.h"
#include "idle.h"
#include "latency.h"
#include "options.h"

enum { EVENTS_PER_WAIT = 256 };

struct Connection {
    int descriptor;
    uint64_t asked_at;  // nanoseconds
    size_t filled;
    char *partial;      // the first `filled` bytes of a reply that came in pieces; nothing until one does
};

/// The three clocks of a run, in nanoseconds.
struct Clocks {
    uint64_t wall, own, server;
};

struct Run {
    const struct Options *options;
    struct Connection *connections;
    int epoll;
    clockid_t server_clock;
    struct Latencies latencies;
    struct Clocks begun, ended;
    size_t reply_bytes;  // of the last reply
};

static uint64_t read_clock(clockid_t clock) {
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) fail_with_errno("clock_gettime");
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static struct Clocks read_clocks(const struct Run *run) {
    return (struct Clocks){
        .wall = read_clock(CLOCK_MONOTONIC),
        .own = read_clock(CLOCK_PROCESS_CPUTIME_ID),
        .server = run->options->server ? read_clock(run->server_clock) : 0,
    };
}

static void ask(const struct Options *options, struct Connection *connection, uint64_t now) {
    connection->filled = 0;
    connection->asked_at = now;
    ssize_t sent = send(connection->descriptor, options->request.bytes, options->request.count, MSG_NOSIGNAL);
    if (sent < 0) fail_with_errno("send");
    if ((size_t)sent != options->request.count) fail("a request did not go out in one piece");
}

/// Keeps what came until the rest does.
static void keep(struct Connection *connection, const char *bytes) {
    if (connection->partial == NULL) connection->partial = malloc(REPLY_LIMIT);
    if (connection->partial == NULL) fail_with_errno("malloc");
    memcpy(connection->partial, bytes, connection->filled);
}

/// Reads once. True when the reply is whole.
static int receive(struct Run *run, struct Connection *connection) {
    static char bytes[REPLY_LIMIT];  // one for all: it stays in the processor's cache
    size_t kept = connection->filled;
    ssize_t count = recv(connection->descriptor, bytes + kept, sizeof bytes - kept, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (count < 0) fail_with_errno("recv");
    if (count == 0) fail("the server closed a connection");
    if (kept > 0) memcpy(bytes, connection->partial, kept);
    connection->filled = kept + (size_t)count;

    enum Verdict verdict = judge(run->options->wire, bytes, connection->filled);
    if (verdict == REPLY_PARTIAL && connection->filled < sizeof bytes) {
        keep(connection, bytes);
        return 0;
    }
    if (verdict != REPLY_WHOLE) {
        fprintf(stderr, "load: a reply is not what it should be: %.*s\n", (int)connection->filled, bytes);
        exit(1);
    }
    run->reply_bytes = connection->filled;
    return 1;
}

static void open_connections(struct Run *run) {
    run->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (run->epoll < 0) fail_with_errno("epoll_create1");
    for (unsigned i = 0; i < run->options->connections; i++) {
        struct Connection *connection = &run->connections[i];
        connection->descriptor = connect_to(run->options->socket);
        // Edge-triggered is the cheaper kind, and enough: one reply is in flight, and every piece of it is an edge.
        struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = connection};
        if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, connection->descriptor, &event) != 0) fail_with_errno("epoll_ctl");
    }
}

/// Asks and asks again until the time or the number of requests is up. Returns with requests still in flight, and with
/// every readiness that epoll told dealt with: an edge is told once.
static void drive(struct Run *run, double seconds, uint64_t requests) {
    memset(&run->latencies, 0, sizeof run->latencies);
    run->begun = read_clocks(run);
    uint64_t now = run->begun.wall;
    uint64_t until = seconds > 0 ? now + (uint64_t)(seconds * 1e9) : UINT64_MAX;

    while (now < until && (requests == 0 || run->latencies.total < requests)) {
        struct epoll_event events[EVENTS_PER_WAIT];
        int count = epoll_wait(run->epoll, events, EVENTS_PER_WAIT, PATIENCE_SECONDS * 1000);
        if (count < 0 && errno != EINTR) fail_with_errno("epoll_wait");
        if (count == 0) fail("no reply at all for 5 seconds");
        for (int i = 0; i < count; i++) {
            struct Connection *connection = events[i].data.ptr;
            if (!receive(run, connection)) continue;
            now = read_clock(CLOCK_MONOTONIC);
            latency_record(&run->latencies, now - connection->asked_at);
            ask(run->options, connection, now);
        }
    }
    run->ended = read_clocks(run);
}

static void report(const struct Run *run) {
    double requests = (double)run->latencies.total;
    double wall = (double)(run->ended.wall - run->begun.wall) / 1e9;
    double own = (double)(run->ended.own - run->begun.own) / 1e9;
    double server = (double)(run->ended.server - run->begun.server) / 1e9;
    printf("{\"connections\":%u,\"requests\":%.0f,\"seconds\":%.3f,\"requests_per_second\":%.0f,"
           "\"p50_us\":%.2f,\"p99_us\":%.2f,\"max_us\":%.2f,"
           "\"server_cpu_us\":%.3f,\"server_busy\":%.3f,\"client_cpu_us\":%.3f,\"client_busy\":%.3f,"
           "\"reply_bytes\":%zu}\n",
           run->options->connections, requests, wall, requests / wall,
           latency_microseconds(&run->latencies, 0.5), latency_microseconds(&run->latencies, 0.99),
           (double)run->latencies.longest / 1000,
           server * 1e6 / requests, server / wall, own * 1e6 / requests, own / wall, run->reply_bytes);
}

int main(int argc, char **argv) {
    struct Options options = options_from(argc, argv);
    make_room_for(options.connections);
    if (options.idle) {
        hold_idle(&options);
        return 0;
    }

    static struct Run run;
    run.options = &options;
    run.connections = calloc(options.connections, sizeof *run.connections);
    if (run.connections == NULL) fail_with_errno("calloc");
    if (options.server && clock_getcpuclockid(options.server, &run.server_clock) != 0) fail("no such server process");

    open_connections(&run);
    uint64_t now = read_clock(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < options.connections; i++) ask(&options, &run.connections[i], now);
    if (options.warmup > 0) drive(&run, options.warmup, 0);
    drive(&run, options.seconds, options.requests);
    report(&run);
    return 0;
}
