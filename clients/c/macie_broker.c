#define _GNU_SOURCE
#include "macie_broker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    reply_line_bytes = 1 << 20, // longer ones are given up
    bytes_of_one_read = 16 << 10,
    json_levels = 32, // PROTOCOL.md, section 4
    default_timeout_ms = 30000,
    connect_timeout_ms = 5000,
    busy_pause_ms = 10,
    not_ours = -1 // beside enum mb_code: a reply that this call does not wait for
};

// A strict reader of JSON (PROTOCOL.md, section 4). It notes where the members that it is told of lie, and decodes
// strings in place, where they take no more room than before, with a NUL after them.

enum kind { NOTHING, NOUGHT, NO, YES, NUMBER, STRING, OBJECT, ARRAY };

struct value {
    enum kind kind;
    size_t at, length;
};

// A member that is wanted: its name, and which other wanted member it lies in.
struct field {
    int parent;
    const char *name;
};

enum { top = -1, nowhere = -2 };

struct reader {
    struct mb_buffer *buffer; // of which the text is the beginning, with a NUL behind it
    size_t at;
    const struct field *fields;
    struct value *values;
    int count;
    size_t names, names_at; // where the names of the objects that are open begin; the list lies behind all text
    const char *about, *wrong;
};

// Only the first thing that is wrong is kept.
static bool wrong(struct reader *r, const char *what) {
    if (!r->wrong) r->wrong = what;
    return false;
}

// Room for so many more bytes at the end of what is used, `beyond` it.
static bool reserve(struct mb_buffer *b, size_t beyond) {
    if (b->size - b->used >= beyond) return true;
    size_t size = b->size ? b->size : bytes_of_one_read;
    while (size - b->used < beyond)
        size *= 2;
    char *bytes = realloc(b->bytes, size);
    if (!bytes) return false;
    b->bytes = bytes;
    b->size = size;
    return true;
}

static char *here(const struct reader *r) { return r->buffer->bytes + r->at; }

static char peek(struct reader *r) {
    r->at += strspn(here(r), " \t\r\n");
    return *here(r);
}

// The length of the UTF-8 sequence at s, 0 if it is none: no overlong form, no surrogate, nothing beyond U+10FFFF.
static size_t sequence(const unsigned char *s) {
    size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80) return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
        (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return length;
}

static size_t encode(uint32_t character, char *out) {
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t length = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--, character >>= 6)
        out[i] = (char)(0x80 | (character & 0x3f));
    out[0] = (char)(lead[length] | character);
    return length;
}

// Takes a \uXXXX; -1 if there is none.
static long unit(struct reader *r) {
    char digits[5] = "";
    if (strncmp(here(r), "\\u", 2)) return -1;
    memcpy(digits, here(r) + 2, strnlen(here(r) + 2, 4));
    if (strspn(digits, "0123456789abcdefABCDEF") != 4) return -1;
    r->at += 6;
    return strtol(digits, NULL, 16);
}

static long escape(struct reader *r) {
    static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *found = strchr(names, here(r)[1]);
    if (found && *found) {
        r->at += 2;
        return meant[found - names];
    }
    long first = unit(r);
    if (first < 0xd800 || first > 0xdfff) return first == 0 ? -1 : first;
    long second = unit(r);
    if (first > 0xdbff || second < 0xdc00 || second > 0xdfff) return -1;
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

static bool string(struct reader *r, struct value *value) {
    char *bytes = r->buffer->bytes;
    size_t out = ++r->at, length;
    value->kind = STRING;
    value->at = out;
    for (; bytes[r->at] != '"'; out += length) {
        if ((unsigned char)bytes[r->at] < 0x20) return wrong(r, "a control character in a string, or no end");
        if (bytes[r->at] == '\\') {
            long character = escape(r);
            if (character < 0) return wrong(r, "a wrong escape");
            length = encode((uint32_t)character, bytes + out);
        } else {
            length = sequence((unsigned char *)here(r));
            if (!length) return wrong(r, "not UTF-8");
            memmove(bytes + out, here(r), length);
            r->at += length;
        }
    }
    bytes[out] = '\0';
    r->at++;
    return true;
}

static bool take(struct reader *r, const char *set) {
    bool there = *here(r) && strchr(set, *here(r));
    r->at += there;
    return there;
}

static bool digits(struct reader *r) {
    size_t count = strspn(here(r), "0123456789");
    r->at += count;
    return count > 0;
}

static bool number(struct reader *r, struct value *value) {
    value->kind = NUMBER;
    value->at = r->at;
    take(r, "-");
    bool good = take(r, "0") || digits(r);
    if (good && take(r, ".")) good = digits(r);
    if (good && take(r, "eE")) {
        take(r, "+-");
        good = digits(r);
    }
    value->length = r->at - value->at;
    return good || wrong(r, "a wrong number");
}

static bool word(struct reader *r, struct value *value) {
    static const char *const words[] = {"null", "false", "true"};
    for (int i = 0; i < 3; i++) {
        if (strncmp(here(r), words[i], strlen(words[i]))) continue;
        value->kind = (enum kind)(NOUGHT + i);
        r->at += strlen(words[i]);
        return true;
    }
    return wrong(r, "no value");
}

static uint32_t *names(struct reader *r) { return (uint32_t *)(void *)(r->buffer->bytes + r->names_at); }

static bool remember(struct reader *r, size_t name) {
    size_t needed = r->names_at - r->buffer->used + (r->names + 1) * sizeof(uint32_t);
    if (!reserve(r->buffer, needed)) return wrong(r, "no memory");
    names(r)[r->names++] = (uint32_t)name;
    return true;
}

// Whether the names of the innermost object differ: a Shell sort, so that no reply can make this take long.
static bool distinct(struct reader *r, size_t first) {
    const char *text = r->buffer->bytes;
    size_t count = r->names - first, gap = 1;
    uint32_t *list = count ? names(r) + first : NULL;
    while (gap < count / 3) gap = 3 * gap + 1;
    for (; gap > 0; gap /= 3)
        for (size_t i = gap; i < count; i++) {
            uint32_t name = list[i];
            size_t to = i;
            for (; to >= gap && strcmp(text + list[to - gap], text + name) > 0; to -= gap)
                list[to] = list[to - gap];
            list[to] = name;
        }
    for (size_t i = 1; i < count; i++)
        if (!strcmp(text + list[i - 1], text + list[i])) return wrong(r, "a name appears twice in one object");
    r->names = first;
    return true;
}

static int wanted(const struct reader *r, int parent, const char *name) {
    for (int i = 0; parent != nowhere && i < r->count; i++)
        if (r->fields[i].parent == parent && !strcmp(r->fields[i].name, name)) return i;
    return nowhere;
}

// Reads the value of the wanted member `slot`. Calls itself at most json_levels deep.
static bool read_value(struct reader *r, int slot, int depth) {
    struct value unwanted, *out = slot >= 0 ? &r->values[slot] : &unwanted;
    char c = peek(r);
    out->at = r->at;
    if (c == '"') return string(r, out);
    if (c == '-' || (c >= '0' && c <= '9')) return number(r, out);
    if (c != '{' && c != '[') return word(r, out);
    out->kind = c == '{' ? OBJECT : ARRAY;
    if (depth == json_levels) return wrong(r, "too many levels");
    size_t first = r->names;
    r->at++;
    peek(r);
    if (take(r, c == '{' ? "}" : "]")) return true;
    do {
        struct value name = {NOTHING, 0, 0};
        if (c == '{') {
            if (peek(r) != '"') return wrong(r, "no name");
            if (!string(r, &name) || !remember(r, name.at)) return false;
            peek(r);
            if (!take(r, ":")) return wrong(r, "no colon");
        }
        if (!read_value(r, c == '{' ? wanted(r, slot, r->buffer->bytes + name.at) : nowhere, depth + 1))
            return false;
        peek(r);
    } while (take(r, ","));
    if (!take(r, c == '{' ? "}" : "]")) return wrong(r, "no comma and no end");
    return c == '[' || distinct(r, first);
}

// Reads the first `length` bytes of the buffer, and writes a NUL behind them.
static bool read_json(struct reader *r, struct mb_buffer *b, size_t length, const struct field *fields,
                      struct value *values, int count) {
    *r = (struct reader){.buffer = b, .fields = fields, .values = values, .count = count};
    r->names_at = (b->used + sizeof(uint32_t) - 1) / sizeof(uint32_t) * sizeof(uint32_t);
    memset(values, 0, (size_t)count * sizeof *values);
    b->bytes[length] = '\0';
    if (!read_value(r, top, 0)) return false;
    peek(r);
    return r->at == length || wrong(r, "something follows the value");
}

// What is wanted of a reply.

enum slot {
    JSONRPC, ID, RESULT, ERROR, SESSION, CREATED_AT, FREQUENCY, ROLE, STATUS, UPDATED_AT, PROVENANCE, PROFILE, REGION,
    REQUEST_ID, FETCHED_AT, AGE, CACHED, ATTEMPTS, CODE, MESSAGE, DATA, TYPE, ORIGIN, RETRYABLE, RETRY_AFTER,
    HTTP_STATUS, ERROR_REQUEST_ID, REMEDY, SLOTS
};

static const struct field reply_fields[SLOTS] = {
    [JSONRPC] = {top, "jsonrpc"}, [ID] = {top, "id"}, [RESULT] = {top, "result"}, [ERROR] = {top, "error"},
    [SESSION] = {RESULT, "session"}, [CREATED_AT] = {SESSION, "createdAt"},
    [FREQUENCY] = {SESSION, "findingPublishingFrequency"}, [ROLE] = {SESSION, "serviceRole"},
    [STATUS] = {SESSION, "status"}, [UPDATED_AT] = {SESSION, "updatedAt"}, [PROVENANCE] = {RESULT, "provenance"},
    [PROFILE] = {PROVENANCE, "profile"}, [REGION] = {PROVENANCE, "region"}, [REQUEST_ID] = {PROVENANCE, "requestId"},
    [FETCHED_AT] = {PROVENANCE, "fetchedAt"}, [AGE] = {PROVENANCE, "ageSeconds"}, [CACHED] = {PROVENANCE, "cached"},
    [ATTEMPTS] = {PROVENANCE, "attempts"}, [CODE] = {ERROR, "code"}, [MESSAGE] = {ERROR, "message"},
    [DATA] = {ERROR, "data"}, [TYPE] = {DATA, "type"}, [ORIGIN] = {DATA, "origin"}, [RETRYABLE] = {DATA, "retryable"},
    [RETRY_AFTER] = {DATA, "retryAfterSeconds"}, [HTTP_STATUS] = {DATA, "httpStatus"},
    [ERROR_REQUEST_ID] = {DATA, "requestId"}, [REMEDY] = {DATA, "remedy"},
};

enum presence { optional, required };

static bool wrong_member(struct reader *r, int slot, const char *what) {
    if (!r->wrong) r->about = r->fields[slot].name;
    return wrong(r, what);
}

// Whether the member is there, and of this kind.
static bool member(struct reader *r, int slot, enum kind kind, enum presence presence) {
    enum kind found = r->values[slot].kind;
    if (found == kind || (found == YES && kind == NO)) return true;
    if (found != NOTHING) return wrong_member(r, slot, " has the wrong type");
    return presence == required && wrong_member(r, slot, " is missing");
}

static const char *text_of(struct reader *r, int slot, enum presence presence) {
    return member(r, slot, STRING, presence) ? r->buffer->bytes + r->values[slot].at : NULL;
}

static bool truth_of(struct reader *r, int slot) {
    return member(r, slot, NO, required) && r->values[slot].kind == YES;
}

// An integer is written as one: no fraction, no exponent, no -0.
static int integer_of(struct reader *r, int slot, enum presence presence) {
    if (!member(r, slot, NUMBER, presence)) return 0;
    const char *text = r->buffer->bytes + r->values[slot].at;
    long long value = strtoll(text, NULL, 10);
    bool whole = strspn(text, "-0123456789") == r->values[slot].length && (value || *text == '0');
    if (whole && value >= -INT_MAX && value <= INT_MAX) return (int)value;
    return wrong_member(r, slot, " is no integer, or too large");
}

// Seconds, not negative. strtod would read them by the program's locale.
static double seconds_of(struct reader *r, int slot, enum presence presence, double absent) {
    if (!member(r, slot, NUMBER, presence)) return absent;
    const char *s = r->buffer->bytes + r->values[slot].at, *end = s + r->values[slot].length;
    double value = 0, scale = 1;
    bool negative = *s == '-', fraction = false;
    for (s += negative; s < end && (*s | 32) != 'e'; s++) {
        if (*s != '.') value = value * 10 + (*s - '0');
        if (fraction) scale *= 10;
        fraction |= *s == '.';
    }
    value /= scale;
    long exponent = s < end ? strtol(s + 1, NULL, 10) : 0;
    for (int i = 0; exponent > 0 && i < 400; exponent--, i++) value *= 10;
    for (int i = 0; exponent < 0 && i < 400; exponent++, i++) value /= 10;
    if ((negative && value > 0) || !(value < 1e300)) wrong_member(r, slot, " is out of range");
    return value;
}

// Whether s begins as shape, in which 0 stands for any digit.
static bool shaped(const char *s, const char *shape) {
    for (; *shape; s++, shape++)
        if (*shape == '0' ? *s < '0' || *s > '9' : *s != *shape) return false;
    return true;
}

// RFC 3339, in UTC if it has no zone.
static struct mb_time time_of(struct reader *r, int slot, enum presence presence) {
    struct mb_time at = {0, 0, false};
    int year, month, day, hour, minute, second, ahead_hours = 0, ahead_minutes = 0;
    const char *s = text_of(r, slot, presence);
    if (!s) return at;
    bool good = shaped(s, "0000-00-00T00:00:00") &&
                sscanf(s, "%4d-%2d-%2dT%2d:%2d:%2d", &year, &month, &day, &hour, &minute, &second) == 6;
    if (good && *(s += 19) == '.') {
        good = shaped(s, ".0");
        for (int32_t worth = 100000000; *++s >= '0' && *s <= '9'; worth /= 10) {
            good = good && worth;
            at.nanoseconds += (*s - '0') * worth;
        }
    }
    if (good && (shaped(s, "+00:00") || shaped(s, "-00:00"))) {
        good = sscanf(s + 1, "%2d:%2d", &ahead_hours, &ahead_minutes) == 2 && ahead_hours < 24 && ahead_minutes < 60;
        at.seconds = (*s == '-' ? 60 : -60) * (ahead_hours * 60 + ahead_minutes);
        s += 6;
    } else if (good && *s == 'Z') {
        s++;
    }
    if (!good || *s || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 ||
        day > (month != 2 ? 30 + (month + month / 8) % 2 : year % 4 || (year % 100 == 0 && year % 400) ? 28 : 29)) {
        wrong_member(r, slot, " is no timestamp");
        return at;
    }
    // Days since 1970, by years that begin in March and, so that none is negative, 400 years later.
    int64_t y = year + 400 - (month <= 2), m = month > 2 ? month - 3 : month + 9;
    int64_t days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468 - 146097;
    at.seconds += ((days * 24 + hour) * 60 + minute) * 60 + second;
    at.set = true;
    return at;
}

// Errors.

static const char *const families[] = {
    "", "aws", "broker", "no-broker", "timeout", "closed", "protocol", "usage", "memory",
};

__attribute__((format(printf, 3, 4)))
static int fail(struct mb_client *c, enum mb_code code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->text, sizeof c->text, format, arguments);
    va_end(arguments);
    c->error = (struct mb_error){.type = families[code], .message = c->text, .retry_after_seconds = -1};
    return code;
}

// An inherited connection is all there is, and stays.
static void hang_up(struct mb_client *c) {
    if (c->inherited) return;
    if (c->connected) close(c->descriptor);
    c->connected = false;
    c->buffer.used = c->buffer.taken = 0;
}

static int protocol_error(struct mb_client *c, const struct reader *r) {
    if (!strcmp(r->wrong, "no memory")) return fail(c, MB_ENOMEM, "no memory for a reply");
    return fail(c, MB_EPROTOCOL, "this does not speak the broker's protocol: %s%s", r->about ? r->about : "", r->wrong);
}

// The error that the broker answered with.
static int refused(struct mb_client *c, struct reader *r) {
    member(r, DATA, OBJECT, required);
    const char *origin = text_of(r, ORIGIN, required);
    c->error = (struct mb_error){
        .type = text_of(r, TYPE, required),
        .message = text_of(r, MESSAGE, required),
        .remedy = text_of(r, REMEDY, optional),
        .request_id = text_of(r, ERROR_REQUEST_ID, optional),
        .retry_after_seconds = seconds_of(r, RETRY_AFTER, optional, -1),
        .http_status = integer_of(r, HTTP_STATUS, optional),
        .rpc_code = integer_of(r, CODE, required),
        .retryable = truth_of(r, RETRYABLE),
    };
    bool aws = origin && !strcmp(origin, "aws");
    if (!aws && origin && strcmp(origin, "broker")) wrong_member(r, ORIGIN, " is neither aws nor broker");
    return r->wrong ? protocol_error(c, r) : aws ? MB_EAWS : MB_EBROKER;
}

static int answered(struct mb_client *c, struct reader *r, struct mb_session *session) {
    member(r, SESSION, OBJECT, required);
    member(r, PROVENANCE, OBJECT, required);
    *session = (struct mb_session){
        .created_at = time_of(r, CREATED_AT, optional),
        .finding_publishing_frequency = text_of(r, FREQUENCY, optional),
        .service_role = text_of(r, ROLE, optional),
        .status = text_of(r, STATUS, optional),
        .updated_at = time_of(r, UPDATED_AT, optional),
        .provenance = {
            .profile = text_of(r, PROFILE, required),
            .region = text_of(r, REGION, required),
            .request_id = text_of(r, REQUEST_ID, optional),
            .fetched_at = time_of(r, FETCHED_AT, required),
            .age_seconds = seconds_of(r, AGE, required, 0),
            .cached = truth_of(r, CACHED),
            .attempts = integer_of(r, ATTEMPTS, required),
        },
    };
    if (!r->wrong) return MB_OK;
    memset(session, 0, sizeof *session);
    return protocol_error(c, r);
}

// Judges the reply line at the buffer's beginning: an enum mb_code, or not_ours.
static int judge(struct mb_client *c, size_t length, const char *id, struct mb_session *session) {
    struct reader r;
    struct value values[SLOTS];
    read_json(&r, &c->buffer, length, reply_fields, values, SLOTS);
    const char *version = r.wrong ? NULL : text_of(&r, JSONRPC, required);
    enum kind kind = values[ID].kind;
    bool failed = !r.wrong && member(&r, ERROR, OBJECT, optional);
    bool right = !r.wrong && member(&r, RESULT, OBJECT, optional);
    if (version && strcmp(version, "2.0"))
        wrong(&r, "jsonrpc is not \"2.0\"");
    else if (kind != STRING && kind != NUMBER && kind != NOUGHT)
        wrong(&r, "there is no id");
    else if (failed == right)
        wrong(&r, "result and error are both there, or both missing");
    else if (right && kind == NOUGHT)
        wrong(&r, "a result without an id");
    if (r.wrong) return protocol_error(c, &r);
    if (kind == NUMBER || (kind == STRING && strcmp(c->buffer.bytes + values[ID].at, id))) return not_ours;
    c->answered = true;
    int code = failed ? refused(c, &r) : answered(c, &r, session);
    // None of our lines is wrong, so an error without an id says that the connection ends.
    c->spoiled = kind == NOUGHT && !c->inherited;
    return code;
}

// Time.

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Waits until a descriptor (or none, -1) is ready; what it is ready for, 0 when the time is over.
static short await(int descriptor, short events, int64_t deadline) {
    struct pollfd polled = {.fd = descriptor, .events = events};
    for (int64_t left; (left = deadline - now_ms()) > 0;)
        if (poll(&polled, 1, left > INT_MAX ? INT_MAX : (int)left) > 0) return polled.revents;
    return 0;
}

// The connection.

// The place is c->path.
static int no_broker(struct mb_client *c, const char *what, int error) {
    const char *help =
        c->inherited      ? "unset MACIE_BROKER_FD, or have it name an inherited socket connected to macie-brokerd"
        : error == EACCES ? "ask whoever runs macie-brokerd to open its socket to you, or start your own"
                          : "start one with macie-brokerd, or say where one listens with MACIE_BROKER_SOCKET=PATH";
    return fail(c, MB_ENOBROKER, "no broker at %s (tried because %s): %s; %s", c->path, c->why,
                what ? what : strerror(error), help);
}

static int borrow(struct mb_client *c, const char *number) {
    struct sockaddr_un peer = {.sun_family = AF_UNSPEC};
    socklen_t length = sizeof peer, size = sizeof(int);
    long long value = strtoll(number, NULL, 10);
    int type = 0, descriptor = number[strspn(number, "0123456789")] || value > INT_MAX ? -1 : (int)value;
    c->inherited = true;
    snprintf(c->path, sizeof c->path, "MACIE_BROKER_FD=%s", number);
    if (getpeername(descriptor, (struct sockaddr *)&peer, &length) ||
        getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size))
        return no_broker(c, NULL, errno);
    if (type != SOCK_STREAM || peer.sun_family != AF_UNIX) return no_broker(c, "this is not a Unix stream socket", 0);
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    c->descriptor = descriptor;
    c->connected = c->located = true;
    return MB_OK;
}

static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

// Finds the broker once, by PROTOCOL.md, section 1: what applied first stays.
static int locate(struct mb_client *c) {
    const char *number = variable("MACIE_BROKER_FD"), *path = c->socket_path, *folder = variable("XDG_RUNTIME_DIR");
    char of_the_user[PATH_MAX];
    c->why = path ? "the program was given it" : number ? "MACIE_BROKER_FD is set" : "MACIE_BROKER_SOCKET is set";
    if (!path && number) return borrow(c, number);
    if (!path) path = variable("MACIE_BROKER_SOCKET");
    if (!path && folder && *folder == '/') {
        snprintf(of_the_user, sizeof of_the_user, "%s/macie-broker/broker.sock", folder);
        c->why = "it is there, in XDG_RUNTIME_DIR";
        path = access(of_the_user, F_OK) == 0 ? of_the_user : NULL;
    }
    if (!path) {
        c->why = "neither MACIE_BROKER_FD nor MACIE_BROKER_SOCKET is set, and XDG_RUNTIME_DIR has none";
        path = "/run/macie-broker/broker.sock";
    }
    size_t length = strnlen(path, sizeof c->path - 1);
    memcpy(c->path, path, length);
    c->path[length] = '\0';
    c->located = length > 0 && !path[length];
    return c->located ? MB_OK : no_broker(c, "a socket's path has 1 to 107 bytes", 0);
}

// Connects to c->path. A full backlog answers EAGAIN: then it tries again, within the time.
static int dial(struct mb_client *c, int64_t deadline) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, c->path, sizeof c->path);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int64_t last = now_ms() + connect_timeout_ms;
    if (descriptor < 0) return no_broker(c, NULL, errno);
    while (connect(descriptor, (struct sockaddr *)&address, sizeof address)) {
        int error = errno;
        if (error == EINTR) continue;
        if (error != EAGAIN || now_ms() >= (last < deadline ? last : deadline)) {
            close(descriptor);
            return error == EAGAIN ? fail(c, MB_ETIMEOUT, "the broker at %s does not accept connections", c->path)
                                   : no_broker(c, NULL, error);
        }
        await(-1, 0, now_ms() + busy_pause_ms);
    }
    c->descriptor = descriptor;
    c->connected = true;
    c->answered = c->spoiled = false;
    return MB_OK;
}

// Whether a kept connection can take another request: nothing came, no farewell and no end.
static bool quiet(const struct mb_client *c) {
    char byte;
    return c->buffer.used == c->buffer.taken && recv(c->descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           errno == EAGAIN;
}

// A connection to send the next request on.
static int connected(struct mb_client *c, int64_t deadline) {
    if (c->process != getpid()) {
        // The first call, or a child made by fork: the connection is the parent's, and so are the ids.
        uint64_t chance = (uint64_t)now_ms() << 24 ^ (uint64_t)getpid();
        (void)!getrandom(&chance, sizeof chance, 0);
        snprintf(c->ids, sizeof c->ids, "c-%016llx", (unsigned long long)chance);
        hang_up(c);
        c->spoiled = false;
        c->buffer.used = c->buffer.taken = 0;
        c->process = getpid();
    }
    if (c->connected && c->inherited)
        return c->spoiled ? fail(c, MB_ECLOSED, "the inherited connection is of no more use") : MB_OK;
    if (c->connected && !c->spoiled && quiet(c)) return MB_OK;
    hang_up(c);
    int code = c->located ? MB_OK : locate(c);
    return code != MB_OK || c->inherited ? code : dial(c, deadline);
}

static void drop_taken(struct mb_buffer *b) {
    b->used -= b->taken;
    if (b->used) memmove(b->bytes, b->bytes + b->taken, b->used);
    b->taken = 0;
}

// Sends the request and waits for its reply, reading all the while.
static int exchange(struct mb_client *c, const char *request, const char *id, int64_t deadline,
                    struct mb_session *session) {
    struct mb_buffer *b = &c->buffer;
    size_t length = strlen(request), sent = 0, searched = 0;
    for (;;) {
        char *end = b->used > searched ? memchr(b->bytes + searched, '\n', b->used - searched) : NULL;
        searched = end ? (size_t)(end - b->bytes) : b->used;
        if (searched > reply_line_bytes) {
            c->spoiled = true;
            return fail(c, MB_EPROTOCOL, "a reply has more than %d bytes", reply_line_bytes);
        }
        if (end) {
            b->taken = searched + 1;
            int code = judge(c, searched, id, session);
            if (code != not_ours) return code;
            drop_taken(b);
            searched = 0;
            continue;
        }
        short ready = await(c->descriptor, POLLIN | (sent < length ? POLLOUT : 0), deadline);
        if (!ready) {
            c->spoiled = sent > 0 && sent < length;
            return fail(c, MB_ETIMEOUT, "no answer in time");
        }
        if (ready & POLLOUT) {
            ssize_t count = send(c->descriptor, request + sent, length - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
            // An error ends the sending only: what the broker said before it hung up is still to be read.
            sent = count >= 0 ? sent + (size_t)count : errno == EAGAIN || errno == EINTR ? sent : length;
        }
        if (!(ready & ~POLLOUT)) continue;
        if (!reserve(b, bytes_of_one_read)) return fail(c, MB_ENOMEM, "no memory for a reply");
        ssize_t count = recv(c->descriptor, b->bytes + b->used, bytes_of_one_read, MSG_DONTWAIT);
        if (count > 0)
            b->used += (size_t)count;
        else if (count == 0 || (errno != EAGAIN && errno != EINTR))
            return fail(c, MB_ECLOSED, "the broker hung up before its answer was complete");
    }
}

// Whether a text needs no escape, as a profile's or a region's name. What else is wrong with it the broker says.
static bool plain(const char *text) {
    static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.@+=,-";
    return !text || !text[strspn(text, set)];
}

// Writes the parameters, or says what is wrong with the arguments.
static int write_params(struct mb_client *c, const struct mb_input *in, char *out, size_t size) {
    const char *profile = in->profile, *region = in->region;
    char age[24] = "";
    if (!plain(profile) || !plain(region)) return fail(c, MB_EUSAGE, "no profile or region has such characters");
    if (in->timeout_ms < 0 || c->timeout_ms < 0) return fail(c, MB_EUSAGE, "timeout_ms is 0 for the default, or more");
    if (in->has_max_age) snprintf(age, sizeof age, ",\"maxAgeSeconds\":%d", in->max_age_seconds);
    int length = snprintf(out, size, "%s%s%s%s%s%s%s", profile ? ",\"profile\":\"" : "", profile ? profile : "",
                          profile ? "\"" : "", region ? ",\"region\":\"" : "", region ? region : "",
                          region ? "\"" : "", age);
    if ((size_t)length >= size) return fail(c, MB_EUSAGE, "a profile has up to 64 characters, a region up to 63");
    if (length) *out = ' '; // in place of the first comma
    return MB_OK;
}

int mb_get_macie_session(struct mb_client *c, const struct mb_input *input, struct mb_session *session) {
    static const struct mb_input nothing = {0};
    const struct mb_input *in = input ? input : &nothing;
    int timeout = in->timeout_ms ? in->timeout_ms : c->timeout_ms ? c->timeout_ms : default_timeout_ms;
    int64_t deadline = now_ms() + timeout;
    char params[256], request[512], id[48];
    memset(session, 0, sizeof *session);
    int code = write_params(c, in, params, sizeof params);
    for (bool again = true; code == MB_OK && again;) {
        if ((code = connected(c, deadline)) != MB_OK) break;
        snprintf(id, sizeof id, "%s-%llu", c->ids, (unsigned long long)++c->calls);
        snprintf(request, sizeof request,
                 "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"method\":\"macie2.GetMacieSession\",\"params\":{%s}}\n",
                 id, params);
        drop_taken(&c->buffer);
        bool kept = c->answered && !c->inherited;
        code = exchange(c, request, id, deadline, session);
        again = again && kept && code == MB_ECLOSED && c->buffer.used == 0;
        if (code > MB_EBROKER) hang_up(c);
        if (again) code = MB_OK;
    }
    return code;
}

void mb_close(struct mb_client *c) {
    hang_up(c);
    free(c->buffer.bytes);
    c->buffer = (struct mb_buffer){NULL, 0, 0, 0};
    c->error = (struct mb_error){.retry_after_seconds = -1};
}

const char *mb_strerror(int code) {
    static const char *const texts[] = {
        "success", "AWS refused or failed", "the broker refused or failed", "no broker can be reached",
        "no answer in time", "the broker hung up before its answer was complete",
        "what came is not the broker's protocol", "the arguments make no sense", "no memory",
    };
    return code >= MB_OK && code <= MB_ENOMEM ? texts[code] : "not a code of macie_broker";
}

void mb_describe(const struct mb_client *c, char *out, size_t size) {
    const struct mb_error *e = &c->error;
    const char *remedy = e->remedy ? e->remedy : "";
    if (size) *out = '\0';
    if (e->type)
        snprintf(out, size, "%s: %s%s%s%s", e->type, e->message, *remedy ? " (" : "", remedy, *remedy ? ")" : "");
    for (unsigned char *s = (unsigned char *)out; size && *s; s++) {
        size_t length = sequence(s);
        if (length < 2 && (!length || *s < 0x20 || *s == 0x7f)) *s = '?';
        if (*s == 0xc2 && s[1] < 0xa0) s[0] = s[1] = '?';
        if (length > 1) s += length - 1;
    }
}

void mb_time_text(const struct mb_time *at, char out[MB_TIME_TEXT]) {
    time_t seconds = (time_t)at->seconds;
    struct tm parts;
    *out = '\0';
    if (!at->set || !gmtime_r(&seconds, &parts)) return;
    size_t length = (size_t)snprintf(out, MB_TIME_TEXT, "%04d", parts.tm_year + 1900);
    length += strftime(out + length, MB_TIME_TEXT - length, "-%m-%dT%H:%M:%S", &parts);
    snprintf(out + length, MB_TIME_TEXT - length, ".%03uZ", (unsigned)at->nanoseconds / 1000000 % 1000);
}
