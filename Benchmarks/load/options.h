// The command line of the load client.

#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdint.h>
#include <sys/types.h>

#include "wire.h"

struct Options {
    const char *socket;
    enum Wire wire;
    int idle;             // open the connections and hold them until standard input ends
    int ask;              // idle: every connection asks once first; otherwise only the last one does
    unsigned connections;
    double seconds;       // 0: bounded by `requests` alone
    uint64_t requests;    // 0: bounded by `seconds` alone
    double warmup;        // seconds that are not counted
    pid_t server;         // whose CPU time is read; 0: nobody's
    struct Request request;
};

/// Ends the process with 64 and a usage text when the arguments are not right.
struct Options options_from(int argc, char **argv);

#endif
