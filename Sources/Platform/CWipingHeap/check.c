#define _GNU_SOURCE
#include "CWipingHeap.h"
#include "heap.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Through pointers that the compiler cannot see through: it would leave out blocks that nobody reads.
static void *(*volatile take)(size_t) = malloc;
static void *(*volatile resize)(void *, size_t) = realloc;
static int (*volatile take_aligned)(void **, size_t, size_t) = posix_memalign;
static void (*volatile let_go)(void *) = free;

#define PATTERN 0xA5
#define PATTERN_BYTES 16
// What is looked at of a block: a pipe holds that much, pipe(7).
#define LOOK_BYTES ((size_t)4096)

// Whether the pattern is at `place`, which may be nobody's any more. write(2) refuses what is not mapped; a read would end
// the process.
static bool holds_pattern(uintptr_t place, size_t size, const int pipe[2]) {
    unsigned char seen[LOOK_BYTES];
    ssize_t count = write(pipe[1], (const void *)place, size < LOOK_BYTES ? size : LOOK_BYTES);
    if (count <= 0) return false;
    count = read(pipe[0], seen, (size_t)count);
    size_t run = 0;
    for (ssize_t i = 0; i < count; i++) {
        run = seen[i] == PATTERN ? run + 1 : 0;
        if (run == PATTERN_BYTES) return true;
    }
    return false;
}

static void *written(void *block, size_t size) { return block == NULL ? NULL : memset(block, PATTERN, size); }

static bool is_wiped_by_free(void *block, size_t size, const int pipe[2]) {
    if (written(block, size) == NULL) return false;
    uintptr_t place = (uintptr_t)block;
    // What is never found would never be found here either.
    bool is_seen = holds_pattern(place, size, pipe);
    let_go(block);
    return is_seen && !holds_pattern(place, size, pipe);
}

static bool is_wiped_by_realloc(size_t size, size_t other, const int pipe[2]) {
    void *block = written(take(size), size);
    if (block == NULL) return false;
    uintptr_t place = (uintptr_t)block;
    unsigned char *resized = resize(block, other);
    if (resized == NULL) return false;
    bool is_kept = resized[0] == PATTERN && resized[(size < other ? size : other) - 1] == PATTERN;
    bool has_moved = (uintptr_t)resized != place;
    bool is_wiped = has_moved ? !holds_pattern(place, size, pipe)
                              : other >= size || !holds_pattern(place + other, size - other, pipe);
    let_go(resized);
    return is_kept && is_wiped;
}

static bool wipes(const int pipe[2]) {
    static const size_t sizes[] = {24, 100, 600, 2000, 5000, 200000};
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (!is_wiped_by_free(take(sizes[i]), sizes[i], pipe)) return false;
        void *aligned = NULL;
        if (take_aligned(&aligned, 64, sizes[i]) != 0) return false;
        if (!is_wiped_by_free(aligned, sizes[i], pipe)) return false;
    }
    return is_wiped_by_realloc(600, 100000, pipe) && is_wiped_by_realloc(100000, 200, pipe) &&
           is_wiped_by_free(take((size_t)3 << 20), LOOK_BYTES, pipe);
}

// Libraries find free(3) by the global scope, the program first.
static bool is_everybodys(void) {
    for (const struct wiping_heap_function *own = wiping_heap_functions; own->name != NULL; own++) {
        void *found = dlsym(RTLD_DEFAULT, own->name);
        if (found != own->address) return false;
    }
    return true;
}

enum wiping_heap_state wiping_heap_check(void) {
    if (wiping_heap_functions[0].name == NULL) return WIPING_HEAP_OF_A_SANITIZER;
    if (!is_everybodys()) return WIPING_HEAP_NOT_LINKED;
    int pipe[2];
    if (pipe2(pipe, O_CLOEXEC | O_NONBLOCK) != 0) return WIPING_HEAP_DOES_NOT_WIPE;
    bool is_right = wipes(pipe);
    close(pipe[0]);
    close(pipe[1]);
    return is_right ? WIPING_HEAP_IN_FORCE : WIPING_HEAP_DOES_NOT_WIPE;
}
