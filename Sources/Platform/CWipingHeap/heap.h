#ifndef MACIE_BROKER_CWIPINGHEAP_HEAP_H
#define MACIE_BROKER_CWIPINGHEAP_HEAP_H

struct wiping_heap_function {
    const char *name;
    void *address;
};

/// What is put in the place of the C library's functions; ends with a name of NULL, and is empty under a sanitizer.
extern const struct wiping_heap_function wiping_heap_functions[];

#endif
