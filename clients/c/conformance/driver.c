// The driver of the client conformance: calls come in on standard input, their outcomes go out on standard output, one JSON
// object a line (protocol/vectors/README.md). It is built with the client's source, to read the calls with its reader.
#include "../macie_broker.c"

#include <sys/wait.h>

static void die(const char *what) {
    fprintf(stderr, "driver: %s\n", what);
    exit(70);
}

static void write_string(FILE *out, const char *text) {
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            fprintf(out, "\\u%04x", *text);
        else
            fputc(*text, out);
    }
    fputc('"', out);
}

// Writes a member after a comma, unless it is the first.
static void write_member(FILE *out, const char **comma, const char *name, const char *text) {
    if (!text) return;
    fprintf(out, "%s\"%s\":", *comma, name);
    write_string(out, text);
    *comma = ",";
}

// As the protocol writes timestamps: no fraction, or 3, 6 or 9 digits.
static const char *as_sent(const struct mb_time *at, char *text) {
    mb_time_text(at, text);
    char *fraction = strchr(text, '.');
    int digits = at->nanoseconds == 0 ? 0 : at->nanoseconds % 1000000 == 0 ? 3 : at->nanoseconds % 1000 == 0 ? 6 : 9;
    static const int32_t unit_of[] = {1000000000, 1000000, 1000, 1};
    if (digits)
        snprintf(fraction + 1, 16, "%0*dZ", digits, (int)(at->nanoseconds / unit_of[digits / 3]));
    else
        strcpy(fraction, "Z");
    return text;
}

static void write_session(FILE *out, const struct mb_session *s) {
    char text[MB_TIME_TEXT];
    const char *comma = "";
    fputs("{\"session\":{", out);
    mb_time_text(&s->created_at, text);
    write_member(out, &comma, "createdAt", *text ? text : NULL);
    write_member(out, &comma, "findingPublishingFrequency", s->finding_publishing_frequency);
    write_member(out, &comma, "serviceRole", s->service_role);
    write_member(out, &comma, "status", s->status);
    mb_time_text(&s->updated_at, text);
    write_member(out, &comma, "updatedAt", *text ? text : NULL);
    fputs("},\"provenance\":{", out);
    comma = "";
    write_member(out, &comma, "profile", s->provenance.profile);
    write_member(out, &comma, "region", s->provenance.region);
    write_member(out, &comma, "requestId", s->provenance.request_id);
    write_member(out, &comma, "fetchedAt", as_sent(&s->provenance.fetched_at, text));
    fprintf(out, ",\"ageSeconds\":%.15g,\"cached\":%s,\"attempts\":%d}}", s->provenance.age_seconds,
            s->provenance.cached ? "true" : "false", s->provenance.attempts);
}

static void write_error(FILE *out, int code, const struct mb_error *e) {
    const char *comma = "";
    fputs("{\"error\":{", out);
    write_member(out, &comma, "family", families[code]);
    write_member(out, &comma, "type", e->type);
    write_member(out, &comma, "message", e->message);
    write_member(out, &comma, "remedy", e->remedy);
    write_member(out, &comma, "requestId", e->request_id);
    if (code == MB_EAWS || code == MB_EBROKER)
        fprintf(out, ",\"code\":%d,\"retryable\":%s", e->rpc_code, e->retryable ? "true" : "false");
    if (e->http_status) fprintf(out, ",\"httpStatus\":%d", e->http_status);
    if (e->retry_after_seconds >= 0) fprintf(out, ",\"retryAfterSeconds\":%.15g", e->retry_after_seconds);
    fputs("}}", out);
}

static void session(struct mb_client *client, struct reader *r, const char *call, FILE *out) {
    struct mb_session answer;
    struct mb_input input = {
        .profile = text_of(r, call, "profile", optional),
        .region = text_of(r, call, "region", optional),
        .has_max_age = find(call, "maxAgeSeconds"),
        .max_age_seconds = integer_of(r, call, "maxAgeSeconds", optional),
        .timeout_ms = (int)(seconds_of(r, call, "timeoutSeconds", optional, 0) * 1000),
    };
    if (r->code) die(r->client->error.message);
    int code = mb_get_macie_session(client, &input, &answer);
    if (code == MB_OK)
        write_session(out, &answer);
    else
        write_error(out, code, &client->error);
}

static void perform(struct mb_client *client, const char *line, FILE *out);

// The length of the object at the beginning of the text.
static size_t object_length(const char *text) {
    int depth = 0;
    bool inside = false;
    for (size_t i = 0; text[i]; i++) {
        if (text[i] == '\\') i++;
        else if (text[i] == '"') inside = !inside;
        else if (!inside && text[i] == '{') depth++;
        else if (!inside && text[i] == '}' && --depth == 0) return i + 1;
    }
    die("a call without end");
    return 0;
}

// One by one: a client of this language does one thing at a time.
static void concurrent(struct mb_client *client, const char *line, int count, FILE *out) {
    const char *of = strstr(line, "\"of\":"), *comma = "";
    if (!of) die("concurrent of what?");
    fputs("{\"all\":[", out);
    for (of = strchr(of, '{'); of; of = strchr(of, '{')) {
        size_t length = object_length(of);
        char *call = strndup(of, length);
        for (int i = 0; i < (count ? count : 1); i++, comma = ",") {
            fputs(comma, out);
            perform(client, call, out);
        }
        free(call);
        of += length;
    }
    fputs("]}", out);
}

static void forked(struct mb_client *client, FILE *out) {
    int ends[2], status = 0;
    char chunk[4096];
    fflush(out);
    if (pipe(ends)) die("no pipe");
    pid_t child = fork();
    if (child == 0) {
        FILE *up = fdopen(ends[1], "w");
        perform(client, "{\"call\":\"session\"}", up);
        fclose(up);
        mb_close(client);
        _exit(0);
    }
    close(ends[1]);
    fputs("{\"forked\":", out);
    for (ssize_t count; (count = read(ends[0], chunk, sizeof chunk)) > 0;)
        fwrite(chunk, 1, (size_t)count, out);
    fputs("}", out);
    close(ends[0]);
    if (waitpid(child, &status, 0) != child || status != 0) die("the child failed");
}

static void perform(struct mb_client *client, const char *line, FILE *out) {
    struct mb_client copy = {0};
    struct reader r;
    if (reserve(&copy, strlen(line) + 1)) die("no memory");
    // A string of C ends at its first NUL.
    for (const char *s = line; *s; s += strncmp(s, "\\u0000", 6) ? 1 : 6)
        if (strncmp(s, "\\u0000", 6)) copy.buffer.bytes[copy.buffer.used++] = *s;
    const char *given = read_json(&r, &copy, copy.buffer.used), *call = text_of(&r, given, "call", required);
    if (!call) die(copy.error.message);
    if (!strcmp(call, "session")) {
        session(client, &r, given, out);
    } else if (!strcmp(call, "concurrent")) {
        concurrent(client, line, integer_of(&r, given, "count", optional), out);
    } else if (!strcmp(call, "fork")) {
        forked(client, out);
    } else if (!strcmp(call, "pause")) {
        await(-1, 0, now_ms() + (int64_t)(seconds_of(&r, given, "seconds", required, 0) * 1000));
        fputs("{\"paused\":true}", out);
    } else {
        fputs("{\"unsupported\":", out);
        write_string(out, call);
        fputs("}", out);
    }
    mb_close(&copy);
}

int main(void) {
    struct mb_client client = {0};
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        perform(&client, line, stdout);
        fputc('\n', stdout);
        fflush(stdout);
    }
    free(line);
    mb_close(&client);
    return 0;
}
