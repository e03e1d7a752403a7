/* locks.c - lock files, by flock: the kernel gives up the lock of a dead holder. */
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct {
  orch_source source;
  int fd;
} orch_file_lock;

/* Whether path still names the file of fd: its last holder may have removed it. */
static bool is_same_file(int fd, const char *path) {
  struct stat mine, there;
  return fstat(fd, &mine) == 0 && stat(path, &there) == 0 &&
         mine.st_ino == there.st_ino && mine.st_dev == there.st_dev;
}

enum { LOOKERS = 1000 }; /* how often in a row somebody may just be looking */

/* Who looks whether a lock is held has it, shared, for a moment: that is no holder. */
static int take(int fd) {
  for (int i = 0; i < LOOKERS; i++) {
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return 0;
    int err = -errno;
    if (err != UV_EAGAIN || flock(fd, LOCK_SH | LOCK_NB) < 0) return err;
    flock(fd, LOCK_UN);
  }
  return UV_EAGAIN;
}

static int open_locked(const char *path) {
  for (;;) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
    if (fd < 0) return -errno;
    int err = take(fd);
    if (err == 0 && is_same_file(fd, path)) return fd;
    close(fd);
    if (err < 0 && err != UV_EINTR) return err;
  }
}

static int write_pid(int fd) {
  char text[24];
  int n = snprintf(text, sizeof text, "%d\n", (int)getpid());
  if (ftruncate(fd, 0) < 0) return -errno;
  return pwrite(fd, text, (size_t)n, 0) == n ? 0 : UV_ENOSPC;
}

int orch_lock(orch_loop *loop, const char *path, int64_t *handle) {
  orch_file_lock *lock = calloc(1, sizeof *lock);
  if (lock == NULL) return UV_ENOMEM;
  lock->fd = open_locked(path);
  int err = lock->fd < 0 ? lock->fd : write_pid(lock->fd);
  if (err < 0) {
    if (lock->fd >= 0) close(lock->fd);
    free(lock);
    return err;
  }
  orch_source_add(loop, &lock->source, ORCH_KIND_LOCK);
  *handle = lock->source.id;
  return 0;
}

void orch_lock_free(orch_source *source) {
  orch_file_lock *lock = (orch_file_lock *)source;
  orch_source_remove(source);
  close(lock->fd);
  free(lock);
}

/* --- signals to the holder -------------------------------------------------------- */

static bool is_held(int fd) {
  if (flock(fd, LOCK_SH | LOCK_NB) < 0) return errno == EWOULDBLOCK;
  flock(fd, LOCK_UN);
  return false;
}

static pid_t read_pid(int fd) {
  char text[24];
  ssize_t n = pread(fd, text, sizeof text - 1, 0);
  text[n > 0 ? n : 0] = 0;
  long pid = strtol(text, NULL, 10);
  return pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

/* The pid is trusted only if the lock is held after a pidfd was opened: then it is the
 * holder's, and the descriptor cannot come to mean another process. */
static int signal_holder(int fd, int signo) {
  if (!is_held(fd)) return UV_ESRCH;
  pid_t pid = read_pid(fd);
  if (pid == 0) return UV_ESRCH;
  int process = (int)syscall(SYS_pidfd_open, pid, 0);
  if (process < 0) return -errno;
  int err = UV_ESRCH;
  if (is_held(fd) && read_pid(fd) == pid)
    err = syscall(SYS_pidfd_send_signal, process, signo, NULL, 0) < 0 ? -errno : 0;
  close(process);
  return err;
}

static int open_existing(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
  return fd < 0 ? -errno : fd;
}

int orch_lock_is_held(const char *path, bool *held) {
  int fd = open_existing(path);
  if (fd < 0) return fd;
  *held = is_held(fd);
  close(fd);
  return 0;
}

int orch_lock_signal(const char *path, int signo) {
  int fd = open_existing(path);
  if (fd < 0) return fd == UV_ENOENT ? UV_ESRCH : fd;
  int err = signal_holder(fd, signo);
  close(fd);
  return err;
}
