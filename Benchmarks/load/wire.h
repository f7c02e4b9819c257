// What is asked, and when a reply is whole and right.

#ifndef WIRE_H
#define WIRE_H

#include <stdint.h>
#include <string.h>
#include <sys/types.h>

enum { REPLY_LIMIT = 16 * 1024 };  // bytes; a longer reply ends the run

enum Wire {
    WIRE_LINE,       // a line for a line
    WIRE_JSON,       // the same, and the reply holds "result"
    WIRE_SSH_AGENT,  // 4 bytes of length, then as many bytes: draft-miller-ssh-agent
};

struct Request {
    const char *bytes;
    size_t count;
};

enum Verdict { REPLY_PARTIAL, REPLY_WHOLE, REPLY_WRONG };

/// SSH_AGENTC_REQUEST_IDENTITIES (11): "list identities".
static const struct Request ssh_agent_request = {"\0\0\0\1\13", 5};
enum { SSH_AGENT_IDENTITIES_ANSWER = 12 };

/// One request is in flight, so whatever comes is one reply and nothing after it.
static inline enum Verdict judge(enum Wire wire, const char *bytes, size_t count) {
    if (wire == WIRE_SSH_AGENT) {
        if (count < 5) return REPLY_PARTIAL;
        const unsigned char *b = (const unsigned char *)bytes;
        size_t length = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | (size_t)b[3];
        if (b[4] != SSH_AGENT_IDENTITIES_ANSWER || length + 4 < count) return REPLY_WRONG;
        return count == length + 4 ? REPLY_WHOLE : REPLY_PARTIAL;
    }
    const char *end = memchr(bytes, '\n', count);
    if (end == NULL) return REPLY_PARTIAL;
    if (end != bytes + count - 1) return REPLY_WRONG;
    if (wire == WIRE_JSON && memmem(bytes, count, "\"result\"", 8) == NULL) return REPLY_WRONG;
    return REPLY_WHOLE;
}

#endif
