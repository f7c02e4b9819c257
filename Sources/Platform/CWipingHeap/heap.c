#define _GNU_SOURCE
#include "CWipingHeap.h"
#include "heap.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A sanitizer brings a heap of its own, which this would cut in two.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HEAP_OF_A_SANITIZER
#endif
#endif

// Blocks from this size on are mappings of their own, which the kernel takes back and zeroes: wiping them would only bring
// their pages in. glibc begins with this size too, but moves it up to 32 MiB as blocks are freed; it is fixed here, which
// bounds what a wipe costs.
#define MAPPED_FROM ((size_t)128 << 10)
// How much may lie free at the heap's end before it goes back to the kernel, whose pages cost more to get than to keep.
#define TRIMMED_FROM ((size_t)1 << 20)

#ifndef HEAP_OF_A_SANITIZER

// glibc's heap by the names that stay its own when a program replaces malloc(3): "Replacing malloc" in its manual. All of
// the family is replaced, so that no block comes from one heap and goes to another, whatever LD_PRELOAD brings.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

typedef size_t usable_size(void *block);
static _Atomic(usable_size *) glibc_usable_size;

// malloc_usable_size(3) has no second name, so it is looked up in the C library itself. Blocks that are freed before that
// can be done hold nothing of ours: main has not begun.
__attribute__((constructor)) static void find_usable_size(void) {
    mallopt(M_MMAP_THRESHOLD, (int)MAPPED_FROM);
    mallopt(M_TRIM_THRESHOLD, (int)TRIMMED_FROM);
    void *library = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    if (library != NULL) atomic_store(&glibc_usable_size, (usable_size *)dlsym(library, "malloc_usable_size"));
}

size_t malloc_usable_size(void *block) {
    if (block == NULL) return 0;
    usable_size *of_glibc = atomic_load_explicit(&glibc_usable_size, memory_order_relaxed);
    if (of_glibc == NULL) {
        find_usable_size();
        of_glibc = atomic_load(&glibc_usable_size);
    }
    return of_glibc == NULL ? 0 : of_glibc(block);
}

// glibc says so in the size before the block (IS_MMAPPED). It is asked only of blocks as large as mappings are, so that a
// heap that has become another kind inside would at worst keep blocks of that size.
static bool is_mapping(const void *block, size_t usable) {
    const size_t mapped = 2;
    return usable >= MAPPED_FROM && (((const size_t *)block)[-1] & mapped) != 0;
}

void free(void *block) {
    if (block == NULL) return;
    usable_size *of_glibc = atomic_load_explicit(&glibc_usable_size, memory_order_relaxed);
    if (of_glibc != NULL) {
        size_t usable = of_glibc(block);
        if (!is_mapping(block, usable)) explicit_bzero(block, usable);
    }
    __libc_free(block);
}

// Whether glibc could grow a block where it is cannot be known before it has moved it, and left the old one as it was.
void *realloc(void *block, size_t size) {
    if (block == NULL) return __libc_malloc(size);
    if (size == 0) {
        free(block);
        return NULL;
    }
    size_t usable = malloc_usable_size(block);
    if (usable == 0 || is_mapping(block, usable)) return __libc_realloc(block, size);
    if (size <= usable) {
        // What is cut off goes back to the heap; what stays does not move.
        explicit_bzero((char *)block + size, usable - size);
        return __libc_realloc(block, size);
    }
    void *larger = __libc_malloc(size);
    if (larger == NULL) return NULL;
    memcpy(larger, block, usable);
    free(block);
    return larger;
}

void *malloc(size_t size) { return __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return __libc_calloc(count, size); }
void *memalign(size_t alignment, size_t size) { return __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { return __libc_memalign(alignment, size); }

int posix_memalign(void **out, size_t alignment, size_t size) {
    bool is_power = alignment != 0 && (alignment & (alignment - 1)) == 0;
    if (!is_power || alignment % sizeof(void *) != 0) return EINVAL;
    int before = errno;
    void *block = __libc_memalign(alignment, size);
    errno = before;
    if (block == NULL) return ENOMEM;
    *out = block;
    return 0;
}

void *valloc(size_t size) { return __libc_memalign((size_t)sysconf(_SC_PAGESIZE), size); }

void *pvalloc(size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (size > SIZE_MAX - page) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_memalign(page, (size + page - 1) & ~(page - 1));
}

void *reallocarray(void *block, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, bytes);
}

// C23's.
void free_sized(void *block, size_t size) {
    (void)size;
    free(block);
}

void free_aligned_sized(void *block, size_t alignment, size_t size) {
    (void)alignment;
    (void)size;
    free(block);
}

#define OWN(function) {#function, (void *)function}
const struct wiping_heap_function wiping_heap_functions[] = {
    OWN(free),         OWN(realloc),       OWN(malloc),         OWN(calloc),
    OWN(memalign),     OWN(aligned_alloc), OWN(posix_memalign), OWN(malloc_usable_size),
    OWN(reallocarray), OWN(valloc),        OWN(pvalloc),        {NULL, NULL},
};

#else

const struct wiping_heap_function wiping_heap_functions[] = {{NULL, NULL}};

#endif
