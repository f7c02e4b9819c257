// Connections to the server, and the one way out when something is not as it should be.

#ifndef CONNECT_H
#define CONNECT_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

enum { PATIENCE_SECONDS = 5 };  // no server that works takes longer to accept, or to reply

static inline _Noreturn void fail(const char *what) {
    fprintf(stderr, "load: %s\n", what);
    exit(1);
}

static inline _Noreturn void fail_with_errno(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

/// As many descriptors as this process may have; ends it when they are fewer than needed.
static inline void make_room_for(unsigned connections) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) fail_with_errno("getrlimit");
    if (limit.rlim_max < connections + 16UL) fail("the hard limit of open files is below the number of connections");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) fail_with_errno("setrlimit");
}

/// A connected, blocking socket. A full backlog makes connect(2) wait, at most PATIENCE_SECONDS.
static inline int connect_to(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) fail("the socket path is too long");
    strcpy(address.sun_path, path);
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0) fail_with_errno("socket");
    struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    if (setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0 ||
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0) {
        fail_with_errno("setsockopt");
    }
    if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0) fail_with_errno("connect");
    return connection;
}

#endif
