#include "CSecureHeap.h"

#include <openssl/crypto.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local unsigned depth;
static atomic_ulong overflows;
static bool is_ours;

static void *take(size_t size, const char *file, int line) {
    if (depth > 0 && CRYPTO_secure_malloc_initialized()) {
        // When there is no room newer versions report an error, for which they allocate.
        unsigned before = depth;
        depth = 0;
        void *block = CRYPTO_secure_malloc(size, file, line);
        depth = before;
        if (block != NULL || size == 0) return block;
        atomic_fetch_add(&overflows, 1);
    }
    return malloc(size);
}

static void let_go(void *block, const char *file, int line) {
    // The secure heap wipes what comes back to it.
    if (CRYPTO_secure_allocated(block)) CRYPTO_secure_free(block, file, line);
    else free(block);
}

static void *resize(void *block, size_t size, const char *file, int line) {
    if (block == NULL) return take(size, file, line);
    if (!CRYPTO_secure_allocated(block)) return realloc(block, size);
    if (size == 0) {
        let_go(block, file, line);
        return NULL;
    }
    size_t held = CRYPTO_secure_actual_size(block);
    // Secret it is, wherever it grows.
    depth++;
    void *other = take(size, file, line);
    depth--;
    if (other == NULL) return NULL;
    memcpy(other, block, held < size ? held : size);
    let_go(block, file, line);
    return other;
}

// Only until libcrypto has allocated for the first time, so before main.
__attribute__((constructor)) static void replace(void) { is_ours = CRYPTO_set_mem_functions(take, resize, let_go) == 1; }

enum secure_heap_state secure_heap_prepare(size_t size, size_t block) {
    if (!is_ours) return SECURE_HEAP_ABSENT;
    switch (CRYPTO_secure_malloc_init(size, block)) {
    case 1: return SECURE_HEAP_LOCKED;
    case 2: return SECURE_HEAP_UNLOCKED;
    default: return SECURE_HEAP_ABSENT;
    }
}

void secure_heap_enter(void) { depth++; }
void secure_heap_leave(void) { depth--; }
unsigned long secure_heap_overflows(void) { return atomic_load(&overflows); }
