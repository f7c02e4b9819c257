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
    default_timeout_ms = 35000,
    busy_pause_ms = 10,
    not_ours = -1 // beside enum mb_code: a reply that this call does not wait for
};

static const char white[] = " \t\r\n", decimal[] = "0123456789";

// Errors.

static const char *const families[] = {"", "aws", "broker", "no-broker", "timeout",
                                       "closed", "protocol", "usage", "memory"};

__attribute__((format(printf, 3, 4)))
static int fail(struct mb_client *c, enum mb_code code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->text, sizeof c->text, format, arguments);
    va_end(arguments);
    c->error = (struct mb_error){.type = families[code], .message = c->text, .retry_after_seconds = -1};
    return code;
}

// A strict reader of JSON (PROTOCOL.md, section 4). It decodes strings in place, where they take no more room than
// before: behind one come a NUL and, if need be, spaces. So the text can be walked through again to find a member.

struct reader {
    struct mb_client *client; // whose buffer begins with the text, with a NUL behind it
    size_t at, names, names_at; // the list of where the names of the open objects begin lies behind all text
    int code;                   // an enum mb_code
};

// Only the first thing that is wrong is kept.
static bool wrong(struct reader *r, const char *about, const char *what) {
    if (!r->code)
        r->code = fail(r->client, MB_EPROTOCOL, "this does not speak the broker's protocol: %s%s", about, what);
    return false;
}

// Room for so many more bytes at the end of what is used, `beyond` it.
static int reserve(struct mb_client *c, size_t beyond) {
    struct mb_buffer *b = &c->buffer;
    size_t size = b->size ? b->size : bytes_of_one_read;
    while (size - b->used < beyond)
        size *= 2;
    char *bytes = size > b->size ? realloc(b->bytes, size) : b->bytes;
    if (!bytes) return fail(c, MB_ENOMEM, "no memory for a reply");
    b->bytes = bytes;
    b->size = size;
    return MB_OK;
}

static char *here(const struct reader *r) { return r->client->buffer.bytes + r->at; }

static char peek(struct reader *r) {
    r->at += strspn(here(r), white);
    return *here(r);
}

static bool take(struct reader *r, const char *set) {
    bool there = *here(r) && strchr(set, *here(r));
    r->at += there;
    return there;
}

static bool next(struct reader *r, const char *set) { return peek(r) && take(r, set); }

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
    if (strncmp(here(r), "\\u", 2) || strspn(here(r) + 2, "0123456789abcdefABCDEF") < 4) return -1;
    memcpy(digits, here(r) + 2, 4);
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

static bool string(struct reader *r) {
    char *bytes = r->client->buffer.bytes;
    size_t out = ++r->at, length;
    for (; bytes[r->at] != '"'; out += length) {
        if ((unsigned char)bytes[r->at] < 0x20) return wrong(r, "", "a control character in a string, or no end");
        if (bytes[r->at] == '\\') {
            long character = escape(r);
            if (character < 0) return wrong(r, "", "a wrong escape");
            length = encode((uint32_t)character, bytes + out);
        } else {
            length = sequence((unsigned char *)here(r));
            if (!length) return wrong(r, "", "not UTF-8");
            memmove(bytes + out, here(r), length);
            r->at += length;
        }
    }
    bytes[out] = '\0';
    memset(bytes + out + 1, ' ', r->at++ - out);
    return true;
}

static bool digits(struct reader *r) {
    size_t count = strspn(here(r), decimal);
    r->at += count;
    return count > 0;
}

static bool number(struct reader *r) {
    take(r, "-");
    bool good = take(r, "0") || digits(r);
    if (good && take(r, ".")) good = digits(r);
    if (good && take(r, "eE")) {
        take(r, "+-");
        good = digits(r);
    }
    return good || wrong(r, "", "a wrong number");
}

static bool word(struct reader *r, const char *expected) {
    if (strncmp(here(r), expected, strlen(expected))) return wrong(r, "", "no value");
    r->at += strlen(expected);
    return true;
}

static uint32_t *names(struct reader *r) { return (uint32_t *)(void *)(r->client->buffer.bytes + r->names_at); }

// Reads a name and the colon, and remembers the name.
static bool read_name(struct reader *r) {
    size_t needed = r->names_at - r->client->buffer.used + (r->names + 1) * sizeof(uint32_t);
    r->code = reserve(r->client, needed);
    if (r->code) return false;
    if (peek(r) != '"') return wrong(r, "", "no name");
    names(r)[r->names++] = (uint32_t)r->at + 1;
    if (!string(r)) return false;
    return next(r, ":") || wrong(r, "", "no colon");
}

// Whether the names of the innermost object differ: a Shell sort, so that no reply can make this take long.
static bool distinct(struct reader *r, size_t first) {
    const char *text = r->client->buffer.bytes;
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
        if (!strcmp(text + list[i - 1], text + list[i])) return wrong(r, "", "a name appears twice in one object");
    r->names = first;
    return true;
}

// Calls itself at most json_levels deep.
static bool read_value(struct reader *r, int depth) {
    char c = peek(r);
    if (c == '"') return string(r);
    if (c == '-' || (c >= '0' && c <= '9')) return number(r);
    if (c != '{' && c != '[') return word(r, c == 't' ? "true" : c == 'f' ? "false" : "null");
    if (depth == json_levels) return wrong(r, "", "too many levels");
    const char *end = c == '{' ? "}" : "]";
    size_t first = r->names;
    r->at++;
    if (next(r, end)) return true;
    do {
        if (c == '{' && !read_name(r)) return false;
        if (!read_value(r, depth + 1)) return false;
    } while (next(r, ","));
    if (!take(r, end)) return wrong(r, "", "no comma and no end");
    return c == '[' || distinct(r, first);
}

// Reads the first `length` bytes of the buffer, and writes a NUL behind them. Gives where the value begins, or NULL.
static const char *read_json(struct reader *r, struct mb_client *c, size_t length) {
    *r = (struct reader){.client = c};
    r->names_at = (c->buffer.used + sizeof(uint32_t) - 1) / sizeof(uint32_t) * sizeof(uint32_t);
    c->buffer.bytes[length] = '\0';
    bool good = read_value(r, 0);
    peek(r);
    if (good && r->at != length) wrong(r, "", "something follows the value");
    return r->code ? NULL : c->buffer.bytes + strspn(c->buffer.bytes, white);
}

// What a reply says.

// The value of a member, NULL if there is none. The object has been read: a string with a colon behind it is a name.
static const char *find(const char *object, const char *name) {
    int depth = 0;
    for (const char *s = object; s; s++) {
        if (*s == '{' || *s == '[') depth++;
        if (*s == '}' || *s == ']') depth--;
        if (depth == 0) break;
        if (*s != '"') continue;
        bool same = depth == 1 && !strcmp(s + 1, name);
        s += strlen(s);
        const char *after = s + 1 + strspn(s + 1, white);
        if (same && *after == ':') return after + 1 + strspn(after + 1, white);
    }
    return NULL;
}

enum { optional, required };

// The same, and notes when it is missing, or does not begin as a value of its type.
static const char *member(struct reader *r, const char *object, const char *name, const char *begin, bool needed) {
    const char *found = find(object, name);
    if (found && strchr(begin, *found)) return found;
    if (found || needed) wrong(r, name, found ? " has the wrong type" : " is missing");
    return NULL;
}

static const char *text_of(struct reader *r, const char *object, const char *name, bool needed) {
    const char *found = member(r, object, name, "\"", needed);
    return found ? found + 1 : NULL;
}

static bool truth_of(struct reader *r, const char *object, const char *name) {
    const char *found = member(r, object, name, "tf", required);
    return found && *found == 't';
}

// An integer is written as one: no fraction, no exponent, no -0.
static int integer_of(struct reader *r, const char *object, const char *name, bool needed) {
    const char *found = member(r, object, name, "-0123456789", needed);
    if (!found) return 0;
    long long value = strtoll(found, NULL, 10);
    bool whole = !strchr(".eE", found[strspn(found, "-0123456789")]) && (value || *found == '0');
    if (!whole || value < -INT_MAX || value > INT_MAX) wrong(r, name, " is no integer, or too large");
    return (int)value;
}

// Seconds, not negative. strtod would read them by the program's locale.
static double seconds_of(struct reader *r, const char *object, const char *name, bool needed, double absent) {
    const char *s = member(r, object, name, "-0123456789", needed);
    if (!s) return absent;
    double value = 0, scale = 1;
    bool negative = *s == '-', fraction = false;
    for (s += negative; *s == '.' || (*s >= '0' && *s <= '9'); s++) {
        if (*s != '.') value = value * 10 + (*s - '0');
        if (fraction) scale *= 10;
        fraction |= *s == '.';
    }
    value /= scale;
    long exponent = *s == 'e' || *s == 'E' ? strtol(s + 1, NULL, 10) : 0;
    for (int i = 0; exponent > 0 && i < 400; exponent--, i++) value *= 10;
    for (int i = 0; exponent < 0 && i < 400; exponent++, i++) value /= 10;
    if ((negative && value > 0) || !(value < 1e300)) wrong(r, name, " is out of range");
    return value;
}

// Whether s begins as shape, in which 0 stands for any digit.
static bool shaped(const char *s, const char *shape) {
    for (; *shape; s++, shape++)
        if (*shape == '0' ? *s < '0' || *s > '9' : *s != *shape) return false;
    return true;
}

// RFC 3339, in UTC if it has no zone.
static bool read_time(const char *s, struct mb_time *at) {
    int year, month, day, hour, minute, second, ahead_hours = 0, ahead_minutes = 0;
    if (!shaped(s, "0000-00-00T00:00:00")) return false;
    sscanf(s, "%4d-%2d-%2dT%2d:%2d:%2d", &year, &month, &day, &hour, &minute, &second);
    s += strlen("0000-00-00T00:00:00");
    if (*s == '.') {
        int count = (int)strspn(++s, decimal);
        if (count < 1 || count > 9) return false;
        for (int i = 0; i < 9; i++) at->nanoseconds = at->nanoseconds * 10 + (i < count ? s[i] - '0' : 0);
        s += count;
    }
    if (shaped(s, "+00:00") || shaped(s, "-00:00")) {
        sscanf(s + 1, "%2d:%2d", &ahead_hours, &ahead_minutes);
        at->seconds = (*s == '-' ? 60 : -60) * (ahead_hours * 60 + ahead_minutes);
        s += strlen("+00:00");
    } else if (*s == 'Z') {
        s++;
    }
    int last = month == 2 ? 28 + (year % 4 == 0 && (year % 100 || year % 400 == 0)) : 30 + (month + month / 8) % 2;
    // Days since 1970, by years that begin in March and, so that none is negative, 400 years later.
    int64_t y = year + 400 - (month <= 2), m = month > 2 ? month - 3 : month + 9;
    int64_t days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468 - 146097;
    at->seconds += ((days * 24 + hour) * 60 + minute) * 60 + second;
    at->set = !*s && month >= 1 && month <= 12 && day >= 1 && day <= last && hour < 24 && minute < 60 && second < 60 &&
              ahead_hours < 24 && ahead_minutes < 60;
    return at->set;
}

static struct mb_time time_of(struct reader *r, const char *object, const char *name, bool needed) {
    struct mb_time at = {0, 0, false};
    const char *text = text_of(r, object, name, needed);
    if (text && !read_time(text, &at)) wrong(r, name, " is no timestamp");
    return at;
}

// The error that the broker answered with.
static int refused(struct reader *r, const char *error) {
    const char *data = member(r, error, "data", "{", required), *origin = text_of(r, data, "origin", required);
    struct mb_error refusal = {
        .type = text_of(r, data, "type", required),
        .message = text_of(r, error, "message", required),
        .remedy = text_of(r, data, "remedy", optional),
        .request_id = text_of(r, data, "requestId", optional),
        .retry_after_seconds = seconds_of(r, data, "retryAfterSeconds", optional, -1),
        .http_status = integer_of(r, data, "httpStatus", optional),
        .rpc_code = integer_of(r, error, "code", required),
        .retryable = truth_of(r, data, "retryable"),
    };
    bool aws = origin && !strcmp(origin, "aws");
    if (!aws && origin && strcmp(origin, "broker")) wrong(r, "origin", " is neither aws nor broker");
    if (r->code) return r->code;
    r->client->error = refusal;
    return aws ? MB_EAWS : MB_EBROKER;
}

static int answered(struct reader *r, const char *result, struct mb_session *session) {
    const char *of = member(r, result, "session", "{", required);
    const char *from = member(r, result, "provenance", "{", required);
    *session = (struct mb_session){
        .created_at = time_of(r, of, "createdAt", optional),
        .finding_publishing_frequency = text_of(r, of, "findingPublishingFrequency", optional),
        .service_role = text_of(r, of, "serviceRole", optional),
        .status = text_of(r, of, "status", optional),
        .updated_at = time_of(r, of, "updatedAt", optional),
        .provenance = {
            .profile = text_of(r, from, "profile", required),
            .region = text_of(r, from, "region", required),
            .request_id = text_of(r, from, "requestId", optional),
            .fetched_at = time_of(r, from, "fetchedAt", required),
            .age_seconds = seconds_of(r, from, "ageSeconds", required, 0),
            .cached = truth_of(r, from, "cached"),
            .attempts = integer_of(r, from, "attempts", required),
        },
    };
    if (r->code) memset(session, 0, sizeof *session);
    return r->code;
}

// Judges the reply line at the buffer's beginning: an enum mb_code, or not_ours.
static int judge(struct mb_client *c, size_t length, const char *id, struct mb_session *session) {
    struct reader r;
    const char *reply = read_json(&r, c, length), *version = text_of(&r, reply, "jsonrpc", required);
    const char *error = member(&r, reply, "error", "{", optional), *result = member(&r, reply, "result", "{", optional);
    const char *answers = member(&r, reply, "id", "\"-0123456789n", required);
    if (version && strcmp(version, "2.0")) wrong(&r, "jsonrpc", " is not \"2.0\"");
    if (!error == !result) wrong(&r, "result", " and error are both there, or both missing");
    if (result && answers && *answers == 'n') wrong(&r, "result", " has no id");
    if (r.code) return r.code;
    if (*answers != 'n' && (*answers != '"' || strcmp(answers + 1, id))) return not_ours;
    c->answered = true;
    // None of our lines is wrong, so an error without an id says that the connection ends.
    c->spoiled = *answers == 'n' && !c->inherited;
    return error ? refused(&r, error) : answered(&r, result, session);
}

// An inherited connection is all there is, and stays.
static void hang_up(struct mb_client *c) {
    if (c->inherited) return;
    if (c->connected) close(c->descriptor);
    c->connected = false;
    c->buffer.used = c->buffer.taken = 0;
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
    if (getpeername(descriptor, (struct sockaddr *)&peer, &length)) return no_broker(c, NULL, errno);
    getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size);
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
    int length = snprintf(c->path, sizeof c->path, "%s", path);
    c->located = length > 0 && length < (int)sizeof c->path;
    return c->located ? MB_OK : no_broker(c, "a socket's path has 1 to 107 bytes", 0);
}

// Connects to c->path. A full backlog answers EAGAIN: then it tries again, within the time.
static int dial(struct mb_client *c, int64_t deadline) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, c->path, sizeof c->path);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return no_broker(c, NULL, errno);
    while (connect(descriptor, (struct sockaddr *)&address, sizeof address)) {
        int error = errno;
        if (error == EINTR) continue;
        if (error != EAGAIN || now_ms() >= deadline) {
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
    size_t length = strlen(request), sent = 0;
    for (;;) {
        char *end = b->used ? memchr(b->bytes, '\n', b->used) : NULL;
        size_t line = end ? (size_t)(end - b->bytes) : b->used;
        if (line > reply_line_bytes) {
            c->spoiled = true;
            return fail(c, MB_EPROTOCOL, "a reply has more than %d bytes", reply_line_bytes);
        }
        if (end) {
            b->taken = line + 1;
            int code = judge(c, line, id, session);
            if (code != not_ours) return code;
            drop_taken(b);
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
        if (reserve(c, bytes_of_one_read)) return MB_ENOMEM;
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
