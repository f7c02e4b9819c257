// Feeds arbitrary bytes to the client as what a broker sends, one line or more, after a request with the id "x".
//     clang -g -O1 -fsanitize=fuzzer,address,undefined -o fuzz conformance/fuzz.c && ./fuzz -max_len=4096 FOLDER
// Without libFuzzer, -DREPLAY gives a program that reads the files that its arguments name, and says what it made of each.
#include "../macie_broker.c"

// Everything that a call hands out is read to its end.
static size_t touch(const char *text) { return text ? strlen(text) : 0; }

static int feed(const uint8_t *data, size_t length) {
    struct mb_client client = {0};
    struct mb_session session;
    char text[300];
    size_t touched = 0;
    int code = not_ours;
    memset(&session, 0, sizeof session);
    while (length > 0 && code == not_ours) {
        const uint8_t *end = memchr(data, '\n', length);
        size_t line = end ? (size_t)(end - data) : length;
        if (reserve(&client, line + 1)) abort();
        memcpy(client.buffer.bytes, data, line);
        client.buffer.used = client.buffer.taken = line + 1; // with what stands for the line feed
        code = judge(&client, line, "x", &session);
        data += line + (end != NULL);
        length -= line + (end != NULL);
        if (code == MB_OK)
            touched += touch(session.status) + touch(session.service_role) + touch(session.provenance.profile) +
                       touch(session.provenance.region) + touch(session.provenance.request_id);
        drop_taken(&client.buffer);
    }
    mb_time_text(&session.created_at, text);
    if (code > MB_OK) {
        touched += touch(client.error.remedy) + touch(client.error.request_id);
        mb_describe(&client, text, sizeof text);
        if (*text && !sequence((const unsigned char *)text)) abort();
    }
    mb_close(&client);
    return touched == SIZE_MAX ? -2 : code;
}

#ifdef REPLAY
int main(int count, char **names) {
    static uint8_t data[1 << 21];
    for (int i = 1; i < count; i++) {
        FILE *file = fopen(names[i], "rb");
        if (!file) return 66;
        size_t length = fread(data, 1, sizeof data, file);
        fclose(file);
        int code = feed(data, length);
        printf("%s %s\n", names[i], code == not_ours ? "ignored" : code == MB_OK ? "session" : families[code]);
    }
    return 0;
}
#else
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length) {
    feed(data, length);
    return 0;
}
#endif
