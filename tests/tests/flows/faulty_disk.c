/* A disk that refuses, for tests: put before a program by LD_PRELOAD, it lets writes or syncs below a folder fail while a
 * control file says so.
 *
 *   FAULTY_DISK_BELOW    the folder; files elsewhere, pipes and sockets are left alone
 *   FAULTY_DISK_CONTROL  the file: `errno kind after`, kind `w` (writing and making longer) or `s` (syncing); the fault
 *                        begins after so many calls of that kind and stays. Empty or missing: the disk is sound.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static atomic_long passed;
static atomic_ulong last_order;

static int below(int file) {
    const char *folder = getenv("FAULTY_DISK_BELOW");
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = folder ? readlink(link, path, sizeof path - 1) : -1;
    if (length < 0) return 0;
    path[length] = 0;
    return strncmp(path, folder, strlen(folder)) == 0;
}

/* The errno of this call, or 0. */
static int fault(int file, char kind) {
    const char *control = getenv("FAULTY_DISK_CONTROL");
    if (!control || !below(file)) return 0;
    int saved = errno, orders = open(control, O_RDONLY | O_CLOEXEC);
    if (orders < 0) {
        errno = saved;
        return 0;
    }
    char text[64];
    ssize_t length = read(orders, text, sizeof text - 1);
    close(orders);
    errno = saved;
    if (length <= 0) return 0;
    text[length] = 0;
    int number = 0;
    long after = 0;
    unsigned long order = 0;
    char wanted = 0;
    if (sscanf(text, "%d %c %ld %lu", &number, &wanted, &after, &order) != 4 || wanted != kind) return 0;
    /* A new order counts anew. */
    if (atomic_exchange(&last_order, order) != order) atomic_store(&passed, 0);
    return atomic_fetch_add(&passed, 1) >= after ? number : 0;
}

#define REFUSE(kind)                    \
    do {                                \
        int number = fault(file, kind); \
        if (number) {                   \
            errno = number;             \
            return -1;                  \
        }                               \
    } while (0)

ssize_t write(int file, const void *bytes, size_t count) {
    REFUSE('w');
    return REAL(write)(file, bytes, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
    REFUSE('w');
    return REAL(pwrite)(file, bytes, count, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    REFUSE('w');
    return REAL(pwrite64)(file, bytes, count, at);
}

int ftruncate(int file, off_t length) {
    REFUSE('w');
    return REAL(ftruncate)(file, length);
}

int ftruncate64(int file, off64_t length) {
    REFUSE('w');
    return REAL(ftruncate64)(file, length);
}

int fallocate(int file, int mode, off_t at, off_t length) {
    REFUSE('w');
    return REAL(fallocate)(file, mode, at, length);
}

int fsync(int file) {
    REFUSE('s');
    return REAL(fsync)(file);
}

int fdatasync(int file) {
    REFUSE('s');
    return REAL(fdatasync)(file);
}
