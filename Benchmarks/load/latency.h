// Latencies in nanoseconds, counted in buckets never wider than 1/128 of their value (the idea of HdrHistogram).

#ifndef LATENCY_H
#define LATENCY_H

#include <stddef.h>
#include <stdint.h>

enum {
    LATENCY_BITS = 7,
    LATENCY_STEPS = 1 << LATENCY_BITS,
    LATENCY_BUCKETS = (64 - LATENCY_BITS + 1) * LATENCY_STEPS,
};

struct Latencies {
    uint64_t counts[LATENCY_BUCKETS];
    uint64_t total;
    uint64_t longest;
};

static inline size_t latency_bucket(uint64_t nanoseconds) {
    if (nanoseconds < LATENCY_STEPS) return nanoseconds;
    int shift = 63 - __builtin_clzll(nanoseconds) - LATENCY_BITS;
    return ((size_t)(shift + 1) << LATENCY_BITS) + (size_t)((nanoseconds >> shift) - LATENCY_STEPS);
}

static inline void latency_record(struct Latencies *latencies, uint64_t nanoseconds) {
    latencies->counts[latency_bucket(nanoseconds)]++;
    latencies->total++;
    if (nanoseconds > latencies->longest) latencies->longest = nanoseconds;
}

/// The middle of the bucket that holds the given quantile (0...1) of all latencies, in microseconds; 0 when empty.
static inline double latency_microseconds(const struct Latencies *latencies, double share) {
    uint64_t wanted = (uint64_t)(share * (double)latencies->total);
    uint64_t seen = 0;
    for (size_t bucket = 0; bucket < LATENCY_BUCKETS; bucket++) {
        seen += latencies->counts[bucket];
        if (seen <= wanted && seen < latencies->total) continue;
        if (latencies->total == 0) return 0;
        if (bucket < LATENCY_STEPS) return (double)bucket / 1000;
        int shift = (int)(bucket >> LATENCY_BITS) - 1;
        uint64_t low = (uint64_t)(LATENCY_STEPS + (bucket & (LATENCY_STEPS - 1))) << shift;
        return ((double)low + (double)(1ULL << shift) / 2) / 1000;
    }
    return 0;
}

#endif
