#ifndef MACIE_BROKER_CSECUREHEAP_H
#define MACIE_BROKER_CSECUREHEAP_H

#include <stdbool.h>
#include <stddef.h>

/// What libcrypto keeps of keys, in its secure heap (OPENSSL_secure_malloc(3)): locked, left out of cores, between guard
/// pages. Which of its allocations go there by themselves differs between versions (3.0 keeps HMAC's keys in ordinary
/// memory), and HMAC's states, which sign as well as the key, never do. So libcrypto's memory functions are replaced when the
/// program is loaded, and a thread says while what it makes is secret.

enum secure_heap_state {
    SECURE_HEAP_LOCKED = 0,
    /// The kernel did not lock it, or does not leave it out of cores. It serves all the same.
    SECURE_HEAP_UNLOCKED = 1,
    /// There is none: another has replaced libcrypto's memory functions, or there is no memory.
    SECURE_HEAP_ABSENT = 2,
};

/// Sets `size` bytes apart, in blocks of `block` and more; both are powers of two. To be called once.
enum secure_heap_state secure_heap_prepare(size_t size, size_t block);

/// What libcrypto allocates on this thread from here to `leave` is secret. They may be nested.
void secure_heap_enter(void);
void secure_heap_leave(void);

/// How often there was no room, and ordinary memory was used.
unsigned long secure_heap_overflows(void);

#endif
