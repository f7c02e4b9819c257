// A client of macie-broker: asks for the Macie session of an AWS account over a Unix socket, and never sees a key.
//
// Memory: the caller owns every struct below. A client allocates one receive buffer, with realloc, when the first reply
// comes. It grows to what the longest reply needs, 2 MiB at most, and mb_close frees it. Nothing else is allocated, and
// there is nothing else to free. Strings that a call hands out lie in that buffer: they hold until the next call with the
// client, or mb_close.
//
// Threads: a client is one thread's at a time; use one client for each thread, or a lock. Clients share nothing.
// Fork: a client may be used on both sides; the child connects anew. (MACIE_BROKER_FD is for one side at a time.)
// Signals: SIGPIPE is never raised, and a call goes on when a handler returns. Descriptors are close-on-exec.
#ifndef MACIE_BROKER_H
#define MACIE_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

// What calls return. After any but MB_OK, mb_client.error has the details.
enum mb_code {
    MB_OK = 0,
    MB_EAWS,      // AWS refused or failed; error.type is AWS's name for it, such as AccessDeniedException
    MB_EBROKER,   // the broker refused or failed; error.type is PROTOCOL.md's name for it, such as PermissionDenied
    MB_ENOBROKER, // there is no broker to be reached; the message says what was tried, why, and how to start one
    MB_ETIMEOUT,  // no answer in time
    MB_ECLOSED,   // the broker hung up before its answer was complete
    MB_EPROTOCOL, // what came is not the broker's protocol
    MB_EUSAGE,    // the arguments make no sense; nothing was sent
    MB_ENOMEM     // no memory for the receive buffer
};

// An instant: seconds since 1970 in UTC, as struct timespec, with 64 bits everywhere. Not set where AWS left it out.
struct mb_time {
    int64_t seconds;
    int32_t nanoseconds;
    bool set;
};

struct mb_error {
    const char *type;           // for MB_EAWS and MB_EBROKER; otherwise the family: no-broker, timeout, closed, …
    const char *message;        // for people; mb_describe makes it fit for a terminal
    const char *remedy;         // what the person can do next; NULL if there is nothing to say
    const char *request_id;     // AWS's; NULL if there is none
    double retry_after_seconds; // how long to wait at least; negative if it is not known
    int http_status;            // of AWS's answer; 0 if there was none
    int rpc_code;               // the number of JSON-RPC; 0 if the error is this client's own
    bool retryable;             // the same request may succeed later with nobody changing anything
};

// Set it to zeros, then the first two members if need be. It must not be moved or copied between calls.
struct mb_client {
    const char *socket_path; // NULL: MACIE_BROKER_FD, MACIE_BROKER_SOCKET, or the usual places. Read by the first call.
    int timeout_ms;          // how long a call may take at most, connecting included; 0: 35 seconds

    struct mb_error error; // of the last call that failed, until the next one

    // The rest is the client's own.
    struct mb_buffer {
        char *bytes;
        size_t size, used, taken;
    } buffer;
    char path[108], text[512], ids[24];
    const char *why;
    uint64_t calls;
    pid_t process;
    int descriptor;
    bool located, inherited, connected, answered, spoiled;
};

// All members may be left zero: the broker's default profile, its region, and whatever its cache holds.
struct mb_input {
    const char *profile;
    const char *region;
    bool has_max_age;
    int max_age_seconds; // the oldest answer that will do, 0 to 86400; 0 asks AWS now
    int timeout_ms;      // for this call; 0: the client's
};

// AWS's members, NULL or not set where AWS left them out. Further values of the strings may come: let them through.
struct mb_session {
    struct mb_time created_at;
    const char *finding_publishing_frequency; // FIFTEEN_MINUTES, ONE_HOUR, SIX_HOURS
    const char *service_role;
    const char *status; // ENABLED, PAUSED
    struct mb_time updated_at;
    struct { // where the answer comes from
        const char *profile, *region;
        const char *request_id; // AWS's; NULL if it gave none
        struct mb_time fetched_at;
        double age_seconds;
        bool cached;
        int attempts;
    } provenance;
};

// Asks for the session; input may be NULL. Returns an enum mb_code. Connects if need be, and keeps the connection. If a
// connection that has served before turns out closed, the broker was restarted: the call connects anew, once.
int mb_get_macie_session(struct mb_client *client, const struct mb_input *input, struct mb_session *session);

// Closes the connection and frees the buffer; the error and what calls handed out are gone then. The client may be used
// again. An inherited descriptor stays open: it is not the client's.
void mb_close(struct mb_client *client);

// What a code means, in a few words; never NULL.
const char *mb_strerror(int code);

// Writes the last error as "type: message (remedy)", cut to size and with control characters made harmless.
void mb_describe(const struct mb_client *client, char *out, size_t size);

// Writes an instant as 2020-12-02T22:39:41.930Z; further digits are cut off. "" if it is not set.
#define MB_TIME_TEXT 32
void mb_time_text(const struct mb_time *at, char out[MB_TIME_TEXT]);

#ifdef __cplusplus
}
#endif
#endif
