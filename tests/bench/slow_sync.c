/* A disk that takes longer to sync, for benchmarks: every fsync and fdatasync of the process sleeps first.
 *
 * Desk machines with a hard disk, an SD card or a plain SSD take 2 to 10 ms; servers with a cache answer in 0.3 ms and
 * hide what a design costs.
 *
 *   gcc -O1 -shared -fPIC -o target/slow_sync.so tests/bench/slow_sync.c -ldl
 *   SLOW_SYNC_MS=4 LD_PRELOAD=$PWD/target/slow_sync.so cargo xtask bench payments
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void wait_first(void) {
    const char *text = getenv("SLOW_SYNC_MS");
    long ms = text ? strtol(text, NULL, 10) : 0;
    struct timespec pause = {ms / 1000, (ms % 1000) * 1000000L};
    nanosleep(&pause, NULL);
}

int fsync(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    wait_first();
    return real(file);
}

int fdatasync(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    wait_first();
    return real(file);
}
