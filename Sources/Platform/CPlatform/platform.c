#define _GNU_SOURCE
#include "CPlatform.h"

#include <malloc.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

// Of the kernel's asm-generic/socket.h; the C library's headers may be older than the kernel.
#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

const int broker_so_peercred = SO_PEERCRED;

_Static_assert(sizeof(struct broker_peer_credentials) == sizeof(struct ucred), "struct ucred has changed");

int broker_peer_credentials(int descriptor, struct broker_peer_credentials *out) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return -1;
    out->pid = credentials.pid;
    out->uid = credentials.uid;
    out->gid = credentials.gid;
    return 0;
}

int broker_peer_groups(int descriptor, uint32_t *groups, uint32_t capacity) {
    socklen_t length = capacity * sizeof *groups;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups, &length) != 0) return -1;
    return (int)(length / sizeof *groups);
}

int broker_peer_pidfd(int descriptor) {
    int pidfd = -1;
    socklen_t length = sizeof pidfd;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length) != 0) return -1;
    return pidfd;
}

int broker_forbid_dumps(void) {
    const struct rlimit none = {0, 0};
    const int faults[] = {SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS};
    for (unsigned i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (signal(faults[i], SIG_DFL) == SIG_ERR) return -1;
    }
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return -1;
    return setrlimit(RLIMIT_CORE, &none);
}

int broker_is_dumpable(void) { return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0); }

int64_t broker_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
    return (int64_t)limit.rlim_cur;
}

int broker_endless_eventfd(void) {
    const uint64_t most = UINT64_MAX - 1;
    int descriptor = eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC);
    if (descriptor >= 0 && write(descriptor, &most, sizeof most) != sizeof most) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

void broker_release_free_memory(void) { malloc_trim(0); }
