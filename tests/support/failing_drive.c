/* A network drive that fails, loaded before the C library by LD_PRELOAD.

   LOCKS_FAIL_WITH=number: locks of any file fail with this error number.
   READING_FAILS=open, read or mmap, and FAILING_FILE=path, FAILS_WITH=number: that call fails for this file.
   The environment is read at each call, so a process can fail and recover. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define NEXT(name) dlsym(RTLD_NEXT, name)

static int fails_with(const char *variable) {
    const char *number = getenv(variable);
    if (number == NULL || *number == 0) return 0;
    errno = atoi(number);
    return 1;
}

static int path_fails(const char *call, const char *path) {
    const char *failing = getenv("READING_FAILS"), *file = getenv("FAILING_FILE");
    return failing && file && !strcmp(failing, call) && !strcmp(file, path) && fails_with("FAILS_WITH");
}

static int descriptor_fails(const char *call, int descriptor) {
    char link[64], path[PATH_MAX];
    if (descriptor < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return path_fails(call, path);
}

int flock(int descriptor, int operation) {
    if (fails_with("LOCKS_FAIL_WITH")) return -1;
    int (*next)(int, int) = NEXT("flock");
    return next(descriptor, operation);
}

static int control(const char *name, int descriptor, int command, void *argument) {
    int locks = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW;
    if (locks && fails_with("LOCKS_FAIL_WITH")) return -1;
    int (*next)(int, int, ...) = NEXT(name);
    return next(descriptor, command, argument);
}

#define CONTROL(name)                                       \
    int name(int descriptor, int command, ...) {            \
        va_list rest;                                       \
        va_start(rest, command);                            \
        void *argument = va_arg(rest, void *);              \
        va_end(rest);                                       \
        return control(#name, descriptor, command, argument); \
    }
CONTROL(fcntl)
CONTROL(fcntl64)

#define OPEN(name)                                          \
    int name(const char *path, int flags, ...) {            \
        va_list rest;                                       \
        va_start(rest, flags);                              \
        int mode = va_arg(rest, int);                       \
        va_end(rest);                                       \
        if (path_fails("open", path)) return -1;            \
        int (*next)(const char *, int, ...) = NEXT(#name);  \
        return next(path, flags, mode);                     \
    }
OPEN(open)
OPEN(open64)

ssize_t read(int descriptor, void *buffer, size_t size) {
    if (descriptor_fails("read", descriptor)) return -1;
    ssize_t (*next)(int, void *, size_t) = NEXT("read");
    return next(descriptor, buffer, size);
}

#define PREAD(name)                                                                \
    ssize_t name(int descriptor, void *buffer, size_t size, off_t offset) {        \
        if (descriptor_fails("read", descriptor)) return -1;                       \
        ssize_t (*next)(int, void *, size_t, off_t) = NEXT(#name);                 \
        return next(descriptor, buffer, size, offset);                             \
    }
PREAD(pread)
PREAD(pread64)

#define MMAP(name)                                                                          \
    void *name(void *address, size_t size, int access, int flags, int descriptor, off_t at) { \
        if (descriptor_fails("mmap", descriptor)) return MAP_FAILED;                        \
        void *(*next)(void *, size_t, int, int, int, off_t) = NEXT(#name);                  \
        return next(address, size, access, flags, descriptor, at);                          \
    }
MMAP(mmap)
MMAP(mmap64)
