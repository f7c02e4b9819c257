/* ask CALLS: one call, then so many; prints the seconds that these took. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "macie_broker.h"

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void ask(struct mb_client *client) {
    struct mb_session session;
    if (mb_get_macie_session(client, NULL, &session) == MB_OK) return;
    fprintf(stderr, "ask: %s\n", client->error.message);
    exit(1);
}

int main(int count, char **words) {
    struct mb_client client = {0};
    ask(&client);
    double begun = now();
    for (long calls = count > 1 ? atol(words[1]) : 0; calls > 0; calls--) ask(&client);
    printf("%f\n", now() - begun);
    mb_close(&client);
    return 0;
}
