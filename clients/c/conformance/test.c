// What the vectors cannot say of the client: memory, descriptors, signals, locales, and replies made to be slow.
#include "../macie_broker.c"

#include <locale.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

static int checks, failures;

static void check(bool holds, const char *what) {
    checks++;
    if (holds) return;
    failures++;
    fprintf(stderr, "does not hold: %s\n", what);
}

#define good_session(members) \
    "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":{\"session\":{" members "},\"provenance\":{\"profile\":\"p\"," \
    "\"region\":\"r\",\"fetchedAt\":\"2026-03-01T08:00:00Z\",\"ageSeconds\":0.25,\"cached\":false,\"attempts\":1}}}"

// What the client makes of one reply line to the request "x".
static int judged(struct mb_client *client, const char *line, size_t length, struct mb_session *session) {
    client->buffer.used = client->buffer.taken = 0;
    if (reserve(client, length + 1)) abort();
    client->buffer.bytes[length] = 'x';
    memcpy(client->buffer.bytes, line, length);
    client->buffer.used = length + 1;
    client->buffer.taken = length + 1;
    return judge(client, length, "x", session);
}

static void timestamps(void) {
    static const struct {
        const char *text;
        int64_t seconds;
        int32_t nanoseconds;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0, 0},
        {"1969-12-31T23:59:59.5Z", -1, 500000000},
        {"2000-02-29T12:00:00+00:00", 951825600, 0},
        {"2024-02-29T23:59:59.999999999Z", 1709251199, 999999999},
        {"2020-12-02T22:39:41.93-05:30", 1606968581, 930000000},
        {"0001-01-01T00:00:00", -62135596800, 0},
        {"9999-12-31T23:59:59Z", 253402300799, 0},
    };
    static const char *const bad[] = {
        "", "2020", "2020-12-02", "2020-12-02 22:39:41Z", "2020-12-02T22:39Z", "2020-12-02T22:39:41.Z", "2020-00-02T22:39:41Z",
        "2020-12-00T22:39:41Z", "2020-04-31T22:39:41Z", "1900-02-29T00:00:00Z", "2020-12-02T22:60:41Z",
        "2020-12-02T22:39:60Z", "2020-12-02T22:39:41.1234567890Z", "2020-12-02T22:39:41+24:00", "2020-12-02T22:39:41+01:60",
        "2020-12-02T22:39:41+1:00", "2020-12-02T22:39:41Zx", "+020-12-02T22:39:41Z", "2020-12-02T22:39:41+01:00Z",
    };
    struct mb_client client = {0};
    struct mb_session session;
    char line[600], text[MB_TIME_TEXT];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int length = snprintf(line, sizeof line, good_session("\"createdAt\":\"%s\""), good[i].text);
        check(judged(&client, line, (size_t)length, &session) == MB_OK, good[i].text);
        check(session.created_at.set && session.created_at.seconds == good[i].seconds &&
                  session.created_at.nanoseconds == good[i].nanoseconds, good[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int length = snprintf(line, sizeof line, good_session("\"createdAt\":\"%s\""), bad[i]);
        check(judged(&client, line, (size_t)length, &session) == MB_EPROTOCOL, bad[i]);
    }
    mb_time_text(&(struct mb_time){951825600, 999999999, true}, text);
    check(!strcmp(text, "2000-02-29T12:00:00.999Z"), "digits are cut off, not rounded");
    mb_time_text(&(struct mb_time){0, 0, false}, text);
    check(!*text, "what is not set has no text");
    mb_close(&client);
}

// A locale whose decimal point is a comma does not change what a number says.
static void locales(void) {
    struct mb_client client = {0};
    struct mb_session session;
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE"};
    bool comma = false;
    for (size_t i = 0; i < 3 && !comma; i++)
        comma = setlocale(LC_ALL, names[i]) && *localeconv()->decimal_point == ',';
    const char *line = good_session("");
    check(judged(&client, line, strlen(line), &session) == MB_OK && session.provenance.age_seconds == 0.25, "0.25 is 0.25");
    printf("numbers were read %s\n", comma ? "in a locale with a comma" : "in the C locale: no other is installed");
    setlocale(LC_ALL, "C");
    mb_close(&client);
}

// A reply of 1 MiB, all names, the last one twice: found out at once, and in the memory that the header promises.
static void names_without_end(void) {
    struct mb_client client = {0};
    struct mb_session session;
    char *line = malloc(reply_line_bytes);
    for (int descending = 0; descending < 2; descending++) {
        size_t at = (size_t)sprintf(line, "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"later\":{");
        for (int i = 0; at < reply_line_bytes - 64; i++)
            at += (size_t)sprintf(line + at, "\"%x\":1,", descending ? 0xfffff - i : i);
        at += (size_t)sprintf(line + at, "%s", "\"%\":1,\"%\":1}}");
        int64_t begun = now_ms();
        check(judged(&client, line, at, &session) == MB_EPROTOCOL && strstr(client.error.message, "twice"), "a name twice");
        check(now_ms() - begun < 2000, "100,000 names are compared in less than 2 s");
        check(client.buffer.size <= 2 << 20, "the buffer stays within 2 MiB");
    }
    free(line);
    mb_close(&client);
}

static void integers(void) {
    static const struct {
        const char *text;
        int code;
    } cases[] = {
        {"1", MB_OK}, {"0", MB_OK}, {"2147483647", MB_OK}, {"2147483648", MB_EPROTOCOL}, {"-0", MB_EPROTOCOL},
        {"1.0", MB_EPROTOCOL}, {"1e0", MB_EPROTOCOL}, {"99999999999999999999", MB_EPROTOCOL},
        {"-99999999999999999999", MB_EPROTOCOL}, {"-9223372036854775808", MB_EPROTOCOL}, {"\"1\"", MB_EPROTOCOL},
    };
    struct mb_client client = {0};
    struct mb_session session;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[600];
        const char *good = good_session("\"status\":\"ENABLED\""), *last = strstr(good, "1}}}");
        int length = snprintf(line, sizeof line, "%.*s%s}}}", (int)(last - good), good, cases[i].text);
        check(judged(&client, line, (size_t)length, &session) == cases[i].code, cases[i].text);
        check(cases[i].code == MB_OK || !session.status, "a session that is not right is not handed out");
    }
    mb_close(&client);
}

static void errors_shown(void) {
    struct mb_client client = {0};
    struct mb_session session;
    char text[128], little[8];
    const char *line = "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"error\":{\"code\":-32001,\"message\":\"a\\u001b[2J\\u009b\xc3\xa9\\n\","
                       "\"data\":{\"type\":\"T\",\"origin\":\"broker\",\"retryable\":false,\"remedy\":\"r\"}}}";
    check(judged(&client, line, strlen(line), &session) == MB_EBROKER, "a refusal");
    mb_describe(&client, text, sizeof text);
    check(!strcmp(text, "T: a?[2J??\xc3\xa9? (r)"), "control characters are made harmless");
    mb_describe(&client, little, sizeof little);
    check(!strcmp(little, "T: a?[2"), "the text is cut to size");
    mb_describe(&client, little, 0);
    for (int code = -1; code <= MB_ENOMEM + 1; code++) check(mb_strerror(code) && *mb_strerror(code), "a code has a text");
    mb_close(&client);
    mb_close(&client);
    mb_describe(&client, text, sizeof text);
    check(!*text, "nothing is left after mb_close");
}

static int listening(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    memcpy(address.sun_path, path, strlen(path) + 1);
    unlink(path);
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) || listen(descriptor, 8)) abort();
    return descriptor;
}

// A broker that answers `answers` requests on each of `connections` connections, after `delay_ms`, and then hangs up.
static pid_t broker(int listener, int connections, int answers, int delay_ms) {
    pid_t child = fork();
    if (child) return child;
    for (int i = 0; i < connections; i++) {
        int stream = accept(listener, NULL, NULL);
        for (int j = 0; j < answers; j++) {
            char request[512], id[64], reply[1024];
            ssize_t length = read(stream, request, sizeof request - 1);
            if (length <= 0) break;
            request[length] = '\0';
            const char *begin = strstr(request, "\"id\":\"") + 6;
            snprintf(id, sizeof id, "%.*s", (int)strcspn(begin, "\""), begin);
            const char *rest = strstr(good_session("\"status\":\"ENABLED\""), "\"x\"") + 3;
            int size = snprintf(reply, sizeof reply, "{\"jsonrpc\":\"2.0\",\"id\":\"%s\"%s\n", id, rest);
            await(-1, 0, now_ms() + delay_ms);
            if (write(stream, reply, (size_t)size) != size) break;
        }
        close(stream);
    }
    _exit(0);
}

static int open_descriptors(void) {
    int count = 0;
    struct stat state;
    for (int i = 0; i < 256; i++) count += fstat(i, &state) == 0;
    return count;
}

static void no_descriptor_is_left(const char *path) {
    struct mb_client client = {.socket_path = path};
    struct mb_session session;
    int listener = listening(path), before = open_descriptors();
    pid_t child = broker(listener, 50, 1, 0);
    for (int i = 0; i < 50; i++) check(mb_get_macie_session(&client, NULL, &session) == MB_OK, "a call after a restart");
    check(open_descriptors() <= before + 1, "50 restarts leave one descriptor");
    check(fcntl(client.descriptor, F_GETFD) == FD_CLOEXEC, "the descriptor is close-on-exec");
    mb_close(&client);
    check(open_descriptors() == before, "mb_close closes it");
    close(listener);
    waitpid(child, NULL, 0);
    check(mb_get_macie_session(&client, NULL, &session) == MB_ENOBROKER, "a client may be used after mb_close");
    mb_close(&client);
}

static volatile sig_atomic_t rings;
static void ring(int number) {
    (void)number;
    rings++;
}

// A signal every millisecond, whose handler does not restart calls, while the broker takes its time.
static void signals(const char *path) {
    struct mb_client client = {.socket_path = path};
    struct mb_session session;
    int listener = listening(path);
    pid_t child = broker(listener, 1, 1, 100);
    struct sigaction action = {.sa_handler = ring};
    struct itimerval often = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    check(mb_get_macie_session(&client, NULL, &session) == MB_OK, "a call goes on after signals");
    check(rings > 10, "there were signals");
    close(listener);
    setitimer(ITIMER_REAL, &never, NULL);
    mb_close(&client);
    waitpid(child, NULL, 0);
}

// Replies to somebody else, as fast as they can be read: the deadline holds all the same.
static void strangers_without_end(const char *path) {
    struct mb_client client = {.socket_path = path, .timeout_ms = 100};
    struct mb_session session;
    static const char line[] = "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n";
    char lines[100 * (sizeof line - 1)];
    for (size_t i = 0; i < 100; i++) memcpy(lines + i * (sizeof line - 1), line, sizeof line - 1);
    int listener = listening(path);
    pid_t child = fork();
    if (child == 0) {
        int64_t end = now_ms() + 5000;
        for (int stream = accept(listener, NULL, NULL); now_ms() < end;)
            if (send(stream, lines, sizeof lines, MSG_NOSIGNAL) < 0) break;
        _exit(0);
    }
    int64_t begun = now_ms();
    check(mb_get_macie_session(&client, NULL, &session) == MB_ETIMEOUT, "strangers' replies are no answer");
    check(now_ms() - begun < 1000, "the deadline holds while there is always something to read");
    mb_close(&client);
    close(listener);
    waitpid(child, NULL, 0);
}

// The other end of an inherited socket is gone: an error, not SIGPIPE; and the socket is neither closed nor changed.
static void inherited(void) {
    struct mb_client client = {0};
    struct mb_session session;
    char number[16];
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) abort();
    snprintf(number, sizeof number, "%d", ends[0]);
    setenv("MACIE_BROKER_FD", number, 1);
    check(default_timeout_ms > 30000, "the broker's own limit is over before the client's"); // PROTOCOL.md, section 8
    struct mb_input input = {.timeout_ms = 30};
    int flags = fcntl(ends[0], F_GETFL);
    check(mb_get_macie_session(&client, &input, &session) == MB_ETIMEOUT, "nobody answers");
    check(fcntl(ends[0], F_GETFL) == flags, "the flags are as before");
    close(ends[1]);
    for (int i = 0; i < 2; i++) check(mb_get_macie_session(&client, &input, &session) == MB_ECLOSED, "the broker is gone");
    mb_close(&client);
    check(fcntl(ends[0], F_GETFL) == flags, "the socket is open, its flags as before");
    check(fcntl(ends[0], F_GETFD) == FD_CLOEXEC, "it is close-on-exec");
    close(ends[0]);
    unsetenv("MACIE_BROKER_FD");
}

// Half a million lines, each a good one with a few bytes changed: whatever comes of it, the sanitizers watch.
static void mutations(void) {
    static const char *const lines[] = {
        good_session("\"status\":\"EN\\u0041\\ud83d\\ude00BLED\",\"createdAt\":\"2020-12-02T22:39:41.930Z\""),
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32000,\"message\":\"m\",\"data\":{\"type\":\"T\",\"origin\":\"aws\","
        "\"retryable\":true,\"retryAfterSeconds\":1.5e1,\"httpStatus\":403,\"later\":[{},[],null,-0.1E+2]}}}",
    };
    static const char bytes[] = "\"\\{}[]:,0123456789eE+-.utfn \t\xc3\xa9\xed\xf4\xff\x01";
    struct mb_client client = {0};
    struct mb_session session;
    uint64_t chance = 88172645463325252u;
    int seen[MB_ENOMEM + 2] = {0};
    for (int i = 0; i < 500000; i++) {
        char line[600];
        size_t length = strlen(lines[i % 2]);
        memcpy(line, lines[i % 2], length);
        for (int j = 0; j < 1 + i % 3; j++) {
            chance ^= chance << 13, chance ^= chance >> 7, chance ^= chance << 17;
            line[chance % length] = bytes[(chance >> 32) % (sizeof bytes - 1)];
        }
        seen[1 + judged(&client, line, length - (chance >> 60 ? 0 : chance % 32), &session)]++;
    }
    check(seen[1 + not_ours] && seen[1 + MB_OK] && seen[1 + MB_EAWS] && seen[1 + MB_EPROTOCOL], "each outcome was seen");
    printf("of 500000 changed lines %d were protocol errors, %d another's, %d good\n", seen[1 + MB_EPROTOCOL],
           seen[1 + not_ours], seen[1 + MB_OK]);
    mb_close(&client);
}

int main(void) {
    char folder[] = "/tmp/macie-broker-c.XXXXXX", path[64];
    if (!mkdtemp(folder)) return 73;
    snprintf(path, sizeof path, "%s/b.sock", folder);
    timestamps();
    locales();
    names_without_end();
    integers();
    errors_shown();
    no_descriptor_is_left(path);
    signals(path);
    strangers_without_end(path);
    inherited();
    mutations();
    unlink(path);
    rmdir(folder);
    printf("%d checks, %d failed\n", checks, failures);
    return failures != 0;
}
