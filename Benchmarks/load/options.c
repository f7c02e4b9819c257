#define _GNU_SOURCE
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: load --socket PATH [--wire line|json|ssh-agent] [--connections N] [--seconds S] [--requests N]\n"
    "            [--warmup S] [--pid SERVER] [--request LINE] [--idle [--ask]]\n"
    "One request in flight on each connection. Prints one JSON object.\n";

static const char default_line[] =
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"macie2.GetMacieSession\",\"params\":{}}";

static _Noreturn void refuse(const char *what) {
    fprintf(stderr, "load: %s\n%s", what, usage);
    exit(64);
}

static double number(const char *text, double least, double most) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= least && value <= most)) refuse("not a number, or out of bounds");
    return value;
}

static enum Wire wire_named(const char *name) {
    if (strcmp(name, "line") == 0) return WIRE_LINE;
    if (strcmp(name, "json") == 0) return WIRE_JSON;
    if (strcmp(name, "ssh-agent") == 0) return WIRE_SSH_AGENT;
    refuse("unknown wire");
}

static struct Request line_of(const char *text) {
    size_t length = strlen(text);
    char *bytes = malloc(length + 1);
    if (bytes == NULL) refuse("out of memory");
    memcpy(bytes, text, length);
    bytes[length] = '\n';
    return (struct Request){bytes, length + 1};
}

struct Options options_from(int argc, char **argv) {
    enum { SOCKET = 1, WIRE, CONNECTIONS, SECONDS, REQUESTS, WARMUP, PID, REQUEST, IDLE, ASK };
    static const struct option names[] = {
        {"socket", required_argument, NULL, SOCKET},   {"wire", required_argument, NULL, WIRE},
        {"connections", required_argument, NULL, CONNECTIONS},
        {"seconds", required_argument, NULL, SECONDS}, {"requests", required_argument, NULL, REQUESTS},
        {"warmup", required_argument, NULL, WARMUP},   {"pid", required_argument, NULL, PID},
        {"request", required_argument, NULL, REQUEST}, {"idle", no_argument, NULL, IDLE},
        {"ask", no_argument, NULL, ASK},               {NULL, 0, NULL, 0},
    };
    struct Options options = {.wire = WIRE_JSON, .connections = 1, .warmup = 0.2};
    const char *line = default_line;
    int name;
    while ((name = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (name) {
            case SOCKET: options.socket = optarg; break;
            case WIRE: options.wire = wire_named(optarg); break;
            case CONNECTIONS: options.connections = (unsigned)number(optarg, 1, 1000000); break;
            case SECONDS: options.seconds = number(optarg, 0.001, 3600); break;
            case REQUESTS: options.requests = (uint64_t)number(optarg, 1, 1e12); break;
            case WARMUP: options.warmup = number(optarg, 0, 60); break;
            case PID: options.server = (pid_t)number(optarg, 1, 1e9); break;
            case REQUEST: line = optarg; break;
            case IDLE: options.idle = 1; break;
            case ASK: options.ask = 1; break;
            default: refuse("unknown option");
        }
    }
    if (optind != argc) refuse("unexpected argument");
    if (options.socket == NULL) refuse("--socket is missing");
    if (options.seconds == 0 && options.requests == 0) options.seconds = 1;
    options.request = options.wire == WIRE_SSH_AGENT ? ssh_agent_request : line_of(line);
    return options;
}
