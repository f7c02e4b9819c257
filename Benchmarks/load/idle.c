#define _GNU_SOURCE
#include "idle.h"

#include <unistd.h>

#include "connect.h"

static void ask_once(int connection, const struct Options *options) {
    static char reply[REPLY_LIMIT];
    size_t filled = 0;
    if (send(connection, options->request.bytes, options->request.count, MSG_NOSIGNAL) < 0) fail_with_errno("send");
    for (;;) {
        ssize_t count = recv(connection, reply + filled, sizeof reply - filled, 0);
        if (count < 0) fail_with_errno("recv");
        if (count == 0) fail("the server closed a connection");
        filled += (size_t)count;
        enum Verdict verdict = judge(options->wire, reply, filled);
        if (verdict == REPLY_WHOLE) return;
        if (verdict == REPLY_WRONG || filled == sizeof reply) fail("a reply is not what it should be");
    }
}

static int is_held(int connection) {
    char byte;
    return recv(connection, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

void hold_idle(const struct Options *options) {
    int *connections = calloc(options->connections, sizeof *connections);
    if (connections == NULL) fail_with_errno("calloc");
    for (unsigned i = 0; i < options->connections; i++) {
        connections[i] = connect_to(options->socket);
        // connect(2) returns before accept(2); they are accepted in order, so a reply to the last one covers them all.
        if (options->ask || i + 1 == options->connections) ask_once(connections[i], options);
    }
    printf("{\"open\":%u}\n", options->connections);
    fflush(stdout);

    char ignored[64];
    while (read(STDIN_FILENO, ignored, sizeof ignored) > 0) continue;

    unsigned held = 0;
    for (unsigned i = 0; i < options->connections; i++) held += is_held(connections[i]) ? 1 : 0;
    printf("{\"connections\":%u,\"held\":%u}\n", options->connections, held);
}
