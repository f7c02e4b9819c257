// The floor: the least a Linux process must do to answer lines on a Unix socket.
//
//     floor SOCKET
//
// One thread, one epoll. Every LF-terminated line, whatever is in it, gets the same 430-byte line back: no parsing, no
// policy, no record. Lines may be pipelined or arrive in pieces. A connection that does not take its replies is not
// read from until it does. What the broker costs is told as a multiple of this program.

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    REPLY_BYTES = 430,         // about what a cached GetMacieSession takes
    REPLIES_PER_SEND = 64,     // the most that one send(2) can carry
    READ_BYTES = 64 * 1024,
    EVENTS_PER_WAIT = 256,
    BACKLOG = 4096,
};

/// What one connection is still owed. `begun` bytes of the first owed reply are already out.
struct Debt {
    uint64_t replies;
    uint32_t begun;
};

static char replies[REPLY_BYTES * REPLIES_PER_SEND];
static struct Debt *debts;     // by descriptor
static size_t debt_count;

static void die(const char *what) {
    perror(what);
    exit(1);
}

/// The same members as the broker's answer to GetMacieSession, filled up with blanks to the byte.
static void write_replies(void) {
    static const char answer[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"session\":{\"createdAt\":\"2020-12-02T22:39:41.930Z\","
        "\"findingPublishingFrequency\":\"SIX_HOURS\",\"serviceRole\":\"arn:aws:iam::123456789012:role/"
        "aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie\",\"status\":\"ENABLED\","
        "\"updatedAt\":\"2020-12-02T22:39:41.930Z\"},"
        "\"provenance\":{\"profile\":\"default\",\"cached\":true}}}";
    _Static_assert(sizeof answer - 1 < REPLY_BYTES, "the answer leaves room for its LF");
    for (size_t i = 0; i < REPLIES_PER_SEND; i++) {
        char *reply = replies + i * REPLY_BYTES;
        memset(reply, ' ', REPLY_BYTES);
        memcpy(reply, answer, sizeof answer - 1);
        reply[REPLY_BYTES - 1] = '\n';
    }
}

static void make_room_for_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) die("getrlimit");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) die("setrlimit");
    debt_count = limit.rlim_cur > 65536 ? 65536 : (size_t)limit.rlim_cur;
    debts = calloc(debt_count, sizeof *debts);
    if (debts == NULL) die("calloc");
}

static int listen_on(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "floor: the socket path is longer than %zu bytes\n", sizeof address.sun_path - 1);
        exit(64);
    }
    strcpy(address.sun_path, path);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) die("socket");
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0) die("bind");
    if (listen(listener, BACKLOG) != 0) die("listen");
    return listener;
}

static void watch(int epoll, int operation, int descriptor, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = descriptor};
    if (epoll_ctl(epoll, operation, descriptor, &event) != 0) die("epoll_ctl");
}

static void accept_all(int epoll, int listener) {
    for (;;) {
        int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client < 0) {
            if (errno == EINTR || errno == ECONNABORTED) continue;
            if (errno == EAGAIN || errno == EMFILE || errno == ENFILE) return;
            die("accept4");
        }
        if ((size_t)client >= debt_count) {
            close(client);
            continue;
        }
        debts[client] = (struct Debt){0};
        watch(epoll, EPOLL_CTL_ADD, client, EPOLLIN);
    }
}

static uint64_t count_lines(const char *bytes, size_t count) {
    uint64_t lines = 0;
    const char *end = bytes + count;
    for (const char *at = bytes; (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++) lines++;
    return lines;
}

/// Sends what is owed until nothing is, or the peer takes no more. False when the connection is gone.
static int pay(int client, struct Debt *debt) {
    while (debt->replies > 0) {
        uint64_t batch = debt->replies < REPLIES_PER_SEND ? debt->replies : REPLIES_PER_SEND;
        size_t wanted = batch * REPLY_BYTES - debt->begun;
        ssize_t sent = send(client, replies + debt->begun, wanted, MSG_NOSIGNAL);
        if (sent < 0) return errno == EAGAIN || errno == EINTR;
        size_t out = debt->begun + (size_t)sent;
        debt->replies -= out / REPLY_BYTES;
        debt->begun = out % REPLY_BYTES;
        if ((size_t)sent < wanted) return 1;
    }
    return 1;
}

/// One readiness of one connection: read once, answer what came. False when the connection is over.
static int serve(int epoll, int client, uint32_t events) {
    static char bytes[READ_BYTES];
    struct Debt *debt = &debts[client];
    int was_owed = debt->replies > 0;

    if (!was_owed && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) {
        ssize_t count = recv(client, bytes, sizeof bytes, 0);
        if (count == 0) return 0;
        if (count < 0) return errno == EAGAIN || errno == EINTR;
        debt->replies += count_lines(bytes, (size_t)count);
    }
    if (!pay(client, debt)) return 0;

    int is_owed = debt->replies > 0;
    if (is_owed != was_owed) watch(epoll, EPOLL_CTL_MOD, client, is_owed ? EPOLLOUT : EPOLLIN);
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: floor SOCKET\n");
        return 64;
    }
    signal(SIGPIPE, SIG_IGN);
    write_replies();
    make_room_for_descriptors();
    int listener = listen_on(argv[1]);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) die("epoll_create1");
    watch(epoll, EPOLL_CTL_ADD, listener, EPOLLIN);
    printf("ready %s\n", argv[1]);
    fflush(stdout);

    for (;;) {
        struct epoll_event events[EVENTS_PER_WAIT];
        int count = epoll_wait(epoll, events, EVENTS_PER_WAIT, -1);
        if (count < 0 && errno != EINTR) die("epoll_wait");
        for (int i = 0; i < count; i++) {
            int ready = events[i].data.fd;
            if (ready == listener) {
                accept_all(epoll, listener);
            } else if (!serve(epoll, ready, events[i].events)) {
                close(ready);
            }
        }
    }
}
