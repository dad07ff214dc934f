/* Disturbs what a program writes below one folder: the N-th operation meets a full or read-only disk, or kills it.
   FAULT_DIR the folder; FAULT_AT the operation, from 1; FAULT_HOW full, readonly or kill; FAULT_LOG a file that is told
   of every operation. Loaded with LD_PRELOAD, so that C and Rust libraries are disturbed as Python is. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static char folder[PATH_MAX];
static size_t length = 0;
static atomic_long counted = 0;
static long at = -1;
static char how = 0;
static int told = -1;

__attribute__((constructor)) static void begin(void) {
  const char *dir = getenv("FAULT_DIR"), *place = getenv("FAULT_AT"), *kind = getenv("FAULT_HOW"), *log = getenv("FAULT_LOG");
  if (!dir || !realpath(dir, folder)) return;
  at = place ? atol(place) : -1;
  how = kind ? kind[0] : 0;
  if (log) told = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  length = strlen(folder);
}

static int disturbed(const char *what, const char *path, int grows) {
  if (!length || strncmp(path, folder, length) || (path[length] && path[length] != '/')) return 0;
  long n = atomic_fetch_add(&counted, 1) + 1;
  if (told >= 0) {
    char line[PATH_MAX + 64];
    syscall(SYS_write, told, line, snprintf(line, sizeof line, "%ld %s %s\n", n, what, path + length));
  }
  if (at < 0 || n < at) return 0;
  if (how == 'k') syscall(SYS_kill, (int)syscall(SYS_getpid), SIGKILL);
  return how == 'r' ? EROFS : how == 'f' && grows ? ENOSPC : 0;
}

static int on_file(const char *what, int file) {
  char link[64], path[PATH_MAX];
  int saved = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t n = length ? readlink(link, path, sizeof path - 1) : -1;
  if (n >= 0) path[n] = 0;
  int error = n < 0 ? 0 : disturbed(what, path, 1);
  errno = error ? error : saved;
  return error;
}

static int on_path(const char *what, int below, const char *name, int grows) {
  char link[64], path[PATH_MAX] = "";
  int saved = errno;
  ssize_t n = 0;
  if (!length || !name) return 0;
  if (name[0] != '/') {
    snprintf(link, sizeof link, below == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", below);
    n = readlink(link, path, sizeof path - 2);
    if (n < 0) return 0;
    path[n++] = '/';
  }
  snprintf(path + n, sizeof path - n, "%s", name);
  int error = disturbed(what, path, grows);
  errno = error ? error : saved;
  return error;
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define WRITES(name, type, what, file, parameters, arguments) \
  type name parameters { REAL(name); if (on_file(what, file)) return -1; return real arguments; }
#define CHANGES(name, what, below, path, grows, parameters, arguments) \
  int name parameters { REAL(name); if (on_path(what, below, path, grows)) return -1; return real arguments; }
#define OPENS(name, below, parameters, arguments) \
  int name parameters { \
    REAL(name); \
    mode_t mode = 0; \
    if (flags & O_CREAT) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); } \
    if ((flags & (O_CREAT | O_TRUNC)) && on_path("open", below, path, 1)) return -1; \
    return real arguments; \
  }

WRITES(write, ssize_t, "write", f, (int f, const void *b, size_t n), (f, b, n))
WRITES(writev, ssize_t, "write", f, (int f, const struct iovec *v, int c), (f, v, c))
WRITES(pwrite, ssize_t, "write", f, (int f, const void *b, size_t n, off_t o), (f, b, n, o))
WRITES(pwrite64, ssize_t, "write", f, (int f, const void *b, size_t n, off64_t o), (f, b, n, o))
WRITES(ftruncate, int, "truncate", f, (int f, off_t n), (f, n))
WRITES(ftruncate64, int, "truncate", f, (int f, off64_t n), (f, n))
WRITES(fsync, int, "sync", f, (int f), (f))
WRITES(fdatasync, int, "sync", f, (int f), (f))
WRITES(sendfile, ssize_t, "write", f, (int f, int i, off_t *o, size_t n), (f, i, o, n))
WRITES(sendfile64, ssize_t, "write", f, (int f, int i, off64_t *o, size_t n), (f, i, o, n))
WRITES(copy_file_range, ssize_t, "write", f, (int i, off64_t *a, int f, off64_t *o, size_t n, unsigned g), (i, a, f, o, n, g))
CHANGES(mkdir, "mkdir", AT_FDCWD, path, 1, (const char *path, mode_t m), (path, m))
CHANGES(mkdirat, "mkdir", below, path, 1, (int below, const char *path, mode_t m), (below, path, m))
CHANGES(link, "link", AT_FDCWD, path, 1, (const char *old, const char *path), (old, path))
CHANGES(linkat, "link", below, path, 1, (int d, const char *old, int below, const char *path, int f), (d, old, below, path, f))
CHANGES(rename, "rename", AT_FDCWD, path, 0, (const char *old, const char *path), (old, path))
CHANGES(renameat, "rename", below, path, 0, (int d, const char *old, int below, const char *path), (d, old, below, path))
CHANGES(unlink, "unlink", AT_FDCWD, path, 0, (const char *path), (path))
CHANGES(unlinkat, "unlink", below, path, 0, (int below, const char *path, int f), (below, path, f))
CHANGES(rmdir, "unlink", AT_FDCWD, path, 0, (const char *path), (path))
OPENS(open, AT_FDCWD, (const char *path, int flags, ...), (path, flags, mode))
OPENS(open64, AT_FDCWD, (const char *path, int flags, ...), (path, flags, mode))
OPENS(openat, below, (int below, const char *path, int flags, ...), (below, path, flags, mode))
OPENS(openat64, below, (int below, const char *path, int flags, ...), (below, path, flags, mode))
