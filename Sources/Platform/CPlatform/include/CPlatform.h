#ifndef MACIE_BROKER_CPLATFORM_H
#define MACIE_BROKER_CPLATFORM_H

#include <stdint.h>

/// What the kernel noted of the process that called connect(2): struct ucred, SO_PEERCRED, unix(7).
struct broker_peer_credentials {
    int32_t pid;
    uint32_t uid;
    uint32_t gid;
};

/// The socket option that yields a `broker_peer_credentials` (SO_PEERCRED at SOL_SOCKET).
extern const int broker_so_peercred;

/// Reads SO_PEERCRED of a connected Unix socket. Returns 0, or -1 with errno set.
int broker_peer_credentials(int descriptor, struct broker_peer_credentials *out);

/// Reads the supplementary groups that the peer had at connect(2): SO_PEERGROUPS, unix(7). Returns how many of `groups` were
/// filled, or -1 with errno set: ERANGE when there are more than `capacity`.
int broker_peer_groups(int descriptor, uint32_t *groups, uint32_t capacity);

/// A new descriptor, closed at execve(2), that stands for the process that called connect(2), whatever becomes of its
/// number: SO_PEERPIDFD, of Linux 6.5 and later; pidfd_open(2). Returns it, or -1 with errno set: ENOPROTOOPT when the kernel
/// has none.
int broker_peer_pidfd(int descriptor);

/// Makes this process undumpable (PR_SET_DUMPABLE 0: no core, no ptrace by the same uid, /proc/PID owned by root) and sets
/// RLIMIT_CORE to 0; and has a fault end it at once: the Swift runtime's crash reporter would print the registers and the
/// memory that they point at, which may be a key. Returns 0, or -1 with errno set.
int broker_forbid_dumps(void);

/// Whether this process may be dumped: prctl(PR_GET_DUMPABLE).
int broker_is_dumpable(void);

/// Lets this process open as many descriptors as its hard limit allows. Returns the limit now in force, or -1.
int64_t broker_raise_descriptor_limit(void);

/// A descriptor that is always readable, eight bytes at a time: a semaphore of eventfd(2) that nobody empties. Returns -1
/// with errno set.
int broker_endless_eventfd(void);

/// Gives memory that was freed back to the system: malloc_trim(3), which glibc's free(3) leaves to the program.
void broker_release_free_memory(void);

#endif
