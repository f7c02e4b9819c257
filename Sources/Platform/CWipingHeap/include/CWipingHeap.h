#ifndef MACIE_BROKER_CWIPINGHEAP_H
#define MACIE_BROKER_CWIPINGHEAP_H

/// Whoever links this target frees no memory that has not been wiped: it puts its own malloc(3) family in the place of the
/// C library's, for the whole process and all its libraries. Keys pass through strings and buffers of libraries that do not
/// wipe what they free; M_PERTURB of mallopt(3) leaves out what goes to a thread's cache.

/// What is wrong with the heap, if anything.
enum wiping_heap_state {
    WIPING_HEAP_IN_FORCE = 0,
    /// The process's free(3) is another's.
    WIPING_HEAP_NOT_LINKED = 1,
    /// The C library lacks what this stands on, or a block that was freed kept its bytes.
    WIPING_HEAP_DOES_NOT_WIPE = 2,
    /// A build for a sanitizer has that one's heap: for tests, and not for keys.
    WIPING_HEAP_OF_A_SANITIZER = 3,
};

/// Tries it: writes to blocks of each kind, frees them as the libraries do, and looks at what is left. Cheap; for the start.
enum wiping_heap_state wiping_heap_check(void);

#endif
