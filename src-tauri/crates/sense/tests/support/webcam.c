/* A USB webcam made of software, for programs that are started with this library in LD_PRELOAD.
 *
 * The folder in GERAI_TEST_WEBCAM is the camera:
 *   formats      one line for each format: MJPG 1280 720 30
 *   MJPG.1280x720, YUYV.640x480 ...   what the camera sees in that format, byte for byte
 *   fault        absent or empty: all is well; unplugged, busy, denied, silent, or metadata (no picture formats)
 * The files are read again at every call, so a test changes the camera by writing them.
 *
 * What the kernel would do is done here for the calls that capture programs make: the list of /dev, open, close, the
 * V4L2 requests, and the memory of the buffers (a memfd, which the kernel maps as usual). A second node, /dev/video1,
 * stands beside the camera and gives no pictures, as with real USB cameras.
 * The Rust library makes its requests by syscall(2) rather than by ioctl(2), so that function is replaced as well. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { FORMATS = 8, BUFFERS = 4, OPEN_MAX_HERE = 16, SLOT = 4 << 20 };

struct format { unsigned fourcc, width, height, rate; };

/* An open file of ours: which node it is, and -1 for a place that is free. */
static struct { int descriptor, node; } opened[OPEN_MAX_HERE];
static int opened_count;
static struct format chosen;
static int streaming, owner = -1;
static unsigned waiting[BUFFERS + 1], first, last;
static unsigned pictures;

static const char *folder(void) { return getenv("GERAI_TEST_WEBCAM"); }

static int fails(int number) { errno = number; return -1; }

/* The replaced syscall() must not call itself. */
static long kernel(long number, long a, long b, long c, long d, long e, long f) {
    long result;
    register long fourth __asm__("r10") = d;
    register long fifth __asm__("r8") = e;
    register long sixth __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "rcx", "r11", "memory");
    if (result < 0 && result > -4096) return fails((int)-result);
    return result;
}

static long read_file(const char *name, char *into, long room) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder(), name);
    int file = (int)kernel(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
    if (file < 0) return -1;
    long length = 0, more;
    while (length < room && (more = kernel(SYS_read, file, (long)(into + length), room - length, 0, 0, 0)) > 0)
        length += more;
    kernel(SYS_close, file, 0, 0, 0, 0, 0);
    return length;
}

static int fault_is(const char *name) {
    char text[32];
    long length = read_file("fault", text, sizeof text - 1);
    text[length > 0 ? length : 0] = 0;
    return strncmp(text, name, strlen(name)) == 0;
}

static int formats(struct format *list) {
    char text[1024];
    long length = read_file("formats", text, sizeof text - 1);
    int count = 0, used;
    char coding[5];
    text[length > 0 ? length : 0] = 0;
    for (char *at = text; count < FORMATS; at += used) {
        struct format *found = &list[count];
        if (sscanf(at, "%4s %u %u %u%n", coding, &found->width, &found->height, &found->rate, &used) < 4) break;
        found->fourcc = v4l2_fourcc(coding[0], coding[1], coding[2], coding[3]);
        count++;
    }
    return count;
}

static void begin(void) {
    struct format list[FORMATS];
    if (chosen.fourcc == 0 && formats(list) > 0) chosen = list[0];
}

/* The number of our node behind an open file; -1: not ours. */
static int node_of(int descriptor) {
    for (int i = 0; i < opened_count; i++)
        if (opened[i].descriptor == descriptor) return opened[i].node;
    return -1;
}

static void fill(struct v4l2_pix_format *pixels) {
    memset(pixels, 0, sizeof *pixels);
    pixels->width = chosen.width;
    pixels->height = chosen.height;
    pixels->pixelformat = chosen.fourcc;
    pixels->field = V4L2_FIELD_NONE;
    pixels->colorspace = V4L2_COLORSPACE_SRGB;
    pixels->bytesperline = chosen.fourcc == V4L2_PIX_FMT_YUYV ? chosen.width * 2 : 0;
    pixels->sizeimage = SLOT;
}

static int choose(const struct v4l2_pix_format *wanted) {
    struct format list[FORMATS];
    int count = formats(list);
    for (int i = 0; i < count; i++)
        if (list[i].fourcc == wanted->pixelformat && list[i].width == wanted->width && list[i].height == wanted->height)
            chosen = list[i];
    return 0;
}

/* Formats by coding, each once, as the kernel lists them. */
static int list_coding(struct v4l2_fmtdesc *request) {
    struct format list[FORMATS];
    unsigned seen[FORMATS], codings = 0;
    int count = fault_is("metadata") ? 0 : formats(list);
    for (int i = 0; i < count; i++) {
        unsigned known = 0;
        for (unsigned j = 0; j < codings; j++) known |= seen[j] == list[i].fourcc;
        if (!known) seen[codings++] = list[i].fourcc;
    }
    if (request->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || request->index >= codings) return fails(EINVAL);
    request->pixelformat = seen[request->index];
    request->flags = request->pixelformat == V4L2_PIX_FMT_MJPEG ? V4L2_FMT_FLAG_COMPRESSED : 0;
    strcpy((char *)request->description, "simulated");
    return 0;
}

static int list_size(struct v4l2_frmsizeenum *request) {
    struct format list[FORMATS];
    int count = formats(list);
    unsigned at = 0;
    for (int i = 0; i < count; i++) {
        if (list[i].fourcc != request->pixel_format || at++ != request->index) continue;
        request->type = V4L2_FRMSIZE_TYPE_DISCRETE;
        request->discrete.width = list[i].width;
        request->discrete.height = list[i].height;
        return 0;
    }
    return fails(EINVAL);
}

static int list_rate(struct v4l2_frmivalenum *request) {
    struct format list[FORMATS];
    int count = formats(list);
    for (int i = 0; i < count && request->index == 0; i++) {
        if (list[i].fourcc != request->pixel_format || list[i].width != request->width ||
            list[i].height != request->height)
            continue;
        request->type = V4L2_FRMIVAL_TYPE_DISCRETE;
        request->discrete.numerator = 1;
        request->discrete.denominator = list[i].rate;
        return 0;
    }
    return fails(EINVAL);
}

static int take_picture(int descriptor, struct v4l2_buffer *buffer) {
    static char seen[SLOT];
    char name[64];
    struct timespec now, pause = {0, 1000000000L / (chosen.rate ? chosen.rate : 30)};
    if (!streaming || first == last) return fails(EINVAL);
    /* A driver that hangs for longer than anybody waits. */
    while (fault_is("silent")) nanosleep(&pause, NULL);
    nanosleep(&pause, NULL);
    unsigned place = waiting[first++ % BUFFERS], code = chosen.fourcc;
    snprintf(name, sizeof name, "%c%c%c%c.%ux%u", code & 255, code >> 8 & 255, code >> 16 & 255, code >> 24,
             chosen.width, chosen.height);
    long length = read_file(name, seen, sizeof seen);
    if (length < 0) return fails(EIO);
    kernel(SYS_pwrite64, descriptor, (long)seen, length, (long)place * SLOT, 0, 0);
    clock_gettime(CLOCK_MONOTONIC, &now);
    buffer->index = place;
    buffer->bytesused = (unsigned)length;
    buffer->length = SLOT;
    buffer->m.offset = place * SLOT;
    buffer->sequence = pictures++;
    buffer->field = V4L2_FIELD_NONE;
    buffer->flags = V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
    buffer->timestamp.tv_sec = now.tv_sec;
    buffer->timestamp.tv_usec = now.tv_nsec / 1000;
    return 0;
}

static int request(int descriptor, int node, unsigned long number, void *argument) {
    struct v4l2_capability *ability = argument;
    struct v4l2_streamparm *speed = argument;
    struct v4l2_requestbuffers *wanted = argument;
    struct v4l2_buffer *buffer = argument;
    struct v4l2_format *format = argument;
    if (fault_is("unplugged")) return fails(ENODEV);
    number &= 0xffffffffUL;
    if (number == VIDIOC_QUERYCAP) {
        memset(ability, 0, sizeof *ability);
        strcpy((char *)ability->driver, "simulated");
        strcpy((char *)ability->card, "Simulated USB webcam");
        strcpy((char *)ability->bus_info, "usb-simulated-1");
        ability->version = 0x060100;
        ability->device_caps = node == 0 ? V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING : V4L2_CAP_META_CAPTURE;
        ability->capabilities = ability->device_caps | V4L2_CAP_DEVICE_CAPS;
        return 0;
    }
    if (node != 0) return fails(EINVAL);
    int used_elsewhere = fault_is("busy") || (streaming && owner != descriptor);
    switch (number) {
    case VIDIOC_ENUM_FMT: return list_coding(argument);
    case VIDIOC_ENUM_FRAMESIZES: return list_size(argument);
    case VIDIOC_ENUM_FRAMEINTERVALS: return list_rate(argument);
    case VIDIOC_S_FMT:
        if (used_elsewhere || streaming) return fails(EBUSY);
        choose(&format->fmt.pix);
        /* fall through */
    case VIDIOC_G_FMT:
        fill(&format->fmt.pix);
        return 0;
    case VIDIOC_S_PARM:
    case VIDIOC_G_PARM:
        speed->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
        speed->parm.capture.timeperframe.numerator = 1;
        speed->parm.capture.timeperframe.denominator = chosen.rate;
        return 0;
    case VIDIOC_REQBUFS:
        if (used_elsewhere || (streaming && wanted->count > 0)) return fails(EBUSY);
        if (wanted->memory != V4L2_MEMORY_MMAP) return fails(EINVAL);
        if (wanted->count > BUFFERS) wanted->count = BUFFERS;
        first = last = 0;
        return 0;
    case VIDIOC_QUERYBUF:
        if (buffer->index >= BUFFERS) return fails(EINVAL);
        buffer->length = SLOT;
        buffer->m.offset = buffer->index * SLOT;
        return 0;
    case VIDIOC_QBUF:
        if (buffer->index >= BUFFERS || last - first >= BUFFERS) return fails(EINVAL);
        waiting[last++ % BUFFERS] = buffer->index;
        return 0;
    case VIDIOC_STREAMON:
        if (used_elsewhere) return fails(EBUSY);
        streaming = 1;
        owner = descriptor;
        return 0;
    case VIDIOC_STREAMOFF:
        streaming = 0;
        first = last = 0;
        return 0;
    case VIDIOC_DQBUF: return take_picture(descriptor, buffer);
    default: return fails((number >> 8 & 255) == 'V' ? EINVAL : ENOTTY);
    }
}

static int open_node(int node) {
    if (fault_is("unplugged")) return fails(ENOENT);
    if (fault_is("denied")) return fails(EACCES);
    if (opened_count == OPEN_MAX_HERE) return fails(EMFILE);
    begin();
    int descriptor = (int)kernel(SYS_memfd_create, (long)"webcam", MFD_CLOEXEC, 0, 0, 0, 0);
    if (descriptor < 0) return -1;
    kernel(SYS_ftruncate, descriptor, (long)BUFFERS * SLOT, 0, 0, 0, 0);
    opened[opened_count].descriptor = descriptor;
    opened[opened_count++].node = node;
    return descriptor;
}

/* Number of the node with this path; -1: none of ours. */
static int node_at(const char *path) {
    if (!folder() || !path || strncmp(path, "/dev/video", 10) != 0) return -1;
    return strcmp(path + 10, "0") == 0 ? 0 : strcmp(path + 10, "1") == 0 ? 1 : -1;
}

#define REPLACED_OPEN(name)                                                                    \
    int name(const char *path, int flags, ...) {                                               \
        static int (*real)(const char *, int, ...);                                            \
        va_list rest;                                                                          \
        va_start(rest, flags);                                                                 \
        int mode = va_arg(rest, int);                                                          \
        va_end(rest);                                                                          \
        if (node_at(path) >= 0) return open_node(node_at(path));                               \
        if (!real) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name);            \
        return real(path, flags, mode);                                                        \
    }
REPLACED_OPEN(open)
REPLACED_OPEN(open64)

int close(int descriptor) {
    for (int i = 0; i < opened_count; i++) {
        if (opened[i].descriptor != descriptor) continue;
        if (owner == descriptor) streaming = 0, owner = -1;
        opened[i] = opened[--opened_count];
        break;
    }
    return (int)kernel(SYS_close, descriptor, 0, 0, 0, 0, 0);
}

long syscall(long number, ...) {
    va_list rest;
    long a[6];
    va_start(rest, number);
    for (int i = 0; i < 6; i++) a[i] = va_arg(rest, long);
    va_end(rest);
    int node = number == SYS_ioctl ? node_of((int)a[0]) : -1;
    if (node >= 0) return request((int)a[0], node, (unsigned long)a[1], (void *)a[2]);
    return kernel(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int ioctl(int descriptor, unsigned long number, ...) {
    va_list rest;
    va_start(rest, number);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    int node = node_of(descriptor);
    if (node >= 0) return request(descriptor, node, number, argument);
    return (int)kernel(SYS_ioctl, descriptor, (long)number, (long)argument, 0, 0, 0);
}

/* The nodes appear at the end of the list of /dev. */
static DIR *listed;
static int told;

DIR *opendir(const char *path) {
    static DIR *(*real)(const char *);
    if (!real) real = (DIR * (*)(const char *)) dlsym(RTLD_NEXT, "opendir");
    DIR *folder_read = real(path);
    if (folder() && strcmp(path, "/dev") == 0) listed = folder_read, told = 0;
    return folder_read;
}

struct dirent64 *readdir64(DIR *from) {
    static struct dirent64 *(*real)(DIR *);
    static struct dirent64 made;
    if (!real) real = (struct dirent64 * (*)(DIR *)) dlsym(RTLD_NEXT, "readdir64");
    struct dirent64 *entry = real(from);
    if (entry || from != listed || told > 1 || fault_is("unplugged")) return entry;
    memset(&made, 0, sizeof made);
    snprintf(made.d_name, sizeof made.d_name, "video%d", told++);
    made.d_type = DT_CHR;
    made.d_ino = 4711;
    made.d_reclen = sizeof made;
    return &made;
}
