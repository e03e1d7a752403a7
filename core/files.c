/* files.c - whole files: bounded reads, atomic writes, appends that leave no torn end. */
#define _GNU_SOURCE
#include "orch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

void orch_bytes_free(orch_bytes *bytes) {
  free(bytes->data);
  *bytes = (orch_bytes){ 0 };
}

int orch_bytes_reserve(orch_bytes *bytes, size_t capacity) {
  if (capacity <= bytes->capacity) return 0;
  char *data = realloc(bytes->data, capacity);
  if (data == NULL) return UV_ENOMEM;
  bytes->data = data;
  bytes->capacity = capacity;
  return 0;
}

/* --- reading ---------------------------------------------------------------------- */

/* Read until limit or the end.  offset < 0: from where fd is. */
static int read_all(int fd, int64_t offset, size_t limit, size_t guess, orch_bytes *out) {
  out->size = 0;
  while (out->size < limit) {
    size_t want = guess > out->size ? guess - out->size : out->size;
    if (want < 4096) want = 4096;
    if (want > limit - out->size) want = limit - out->size;
    int err = orch_bytes_reserve(out, out->size + want);
    if (err < 0) return err;
    ssize_t n = offset < 0 ? read(fd, out->data + out->size, want)
                           : pread(fd, out->data + out->size, want, (off_t)offset);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -errno;
    if (n == 0) break;
    out->size += (size_t)n;
    if (offset >= 0) offset += n;
  }
  return 0;
}

/* What a file has left after offset, and a byte more so that its end is met at once.
 * Files of /proc have size 0. */
static size_t guess_size(const struct stat *st, uint64_t offset) {
  uint64_t size = st->st_size > 0 ? (uint64_t)st->st_size : 0;
  return size > offset ? (size_t)(size - offset) + 1 : 0;
}

int orch_file_read(const char *path, uint64_t offset, size_t limit, orch_bytes *out) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return -errno;
  struct stat st;
  int err = fstat(fd, &st) < 0 ? -errno : 0;
  if (err == 0 && S_ISDIR(st.st_mode)) err = UV_EISDIR;
  bool plain = err == 0 && (S_ISREG(st.st_mode) || (S_ISCHR(st.st_mode) && !isatty(fd)));
  if (err == 0 && !plain) err = UV_EINVAL;
  if (err == 0) err = read_all(fd, (int64_t)offset, limit, guess_size(&st, offset), out);
  close(fd);
  return err;
}

int orch_stdin_read(uint64_t offset, size_t limit, orch_bytes *out) {
  struct stat st;
  if (fstat(0, &st) < 0) return -errno;
  if (S_ISREG(st.st_mode))
    return read_all(0, (int64_t)offset, limit, guess_size(&st, offset), out);
  return offset == 0 ? read_all(0, -1, limit, 0, out) : UV_ESPIPE;
}

/* --- writing ---------------------------------------------------------------------- */

static int write_all(int fd, const char *data, size_t n) {
  while (n > 0) {
    ssize_t done = write(fd, data, n);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return -errno;
    data += done;
    n -= (size_t)done;
  }
  return 0;
}

/* Sync the folder that holds path: a new name is not durable before. */
static int sync_folder_of(const char *path) {
  char folder[ORCH_PATH_MAX];
  const char *slash = strrchr(path, '/');
  size_t n = slash == NULL ? 0 : (size_t)(slash - path);
  if (n >= sizeof folder) return UV_ENAMETOOLONG;
  if (slash == NULL) strcpy(folder, ".");
  else snprintf(folder, sizeof folder, "%.*s", n == 0 ? 1 : (int)n, path);
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return -errno;
  int err = fsync(fd) < 0 ? -errno : 0;
  close(fd);
  return err;
}

/* Fill a new or emptied file.  On failure the caller removes it. */
static int fill(int fd, const void *data, size_t n, const orch_write_options *o) {
  int err = fchmod(fd, o->mode) < 0 ? -errno : write_all(fd, data, n);
  if (err == 0 && o->durable && fsync(fd) < 0) err = -errno;
  if (close(fd) < 0 && err == 0) err = -errno;
  return err;
}

/* What somebody put in a file's place, a link or a pipe, is neither followed nor waited
 * for: a worker may know the paths of its run. */
enum { WRITE = O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK };

static int write_in_place(const char *path, const void *data, size_t n,
                          const orch_write_options *o) {
  int fd = open(path, WRITE | O_CREAT | (o->exclusive ? O_EXCL : O_TRUNC), 0600);
  if (fd < 0) return -errno;
  int err = fill(fd, data, n, o);
  if (err < 0 && o->exclusive) unlink(path);
  return err;
}

/* Write beside path, then rename: readers see the old file or the new one. */
static int write_beside(const char *path, const void *data, size_t n,
                        const orch_write_options *o) {
  char beside[ORCH_PATH_MAX];
  uint64_t tag;
  int err = orch_random(&tag, sizeof tag);
  if (err < 0) return err;
  int length = snprintf(beside, sizeof beside, "%s.%08x~", path, (unsigned)tag);
  if (length >= ORCH_PATH_MAX) return UV_ENAMETOOLONG;
  int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return -errno;
  err = fill(fd, data, n, o);
  if (err == 0) err = orch_move(beside, path, o->exclusive);
  if (err < 0) unlink(beside);
  return err;
}

int orch_file_write(const char *path, const void *data, size_t n,
                    const orch_write_options *options) {
  int err = options->atomic ? write_beside(path, data, n, options)
                            : write_in_place(path, data, n, options);
  return err == 0 && options->durable ? sync_folder_of(path) : err;
}

int orch_file_append(const char *path, const void *data, size_t n,
                     const orch_write_options *options, uint64_t *size) {
  int fd = open(path, WRITE | O_CREAT | O_APPEND, options->mode);
  if (fd < 0) return -errno;
  ssize_t done;
  do done = write(fd, data, n);
  while (done < 0 && errno == EINTR);
  int err = done < 0 ? -errno : 0;
  off_t end = lseek(fd, 0, n > 0 ? SEEK_CUR : SEEK_END); /* the end of what we wrote */
  if (err == 0 && (size_t)done < n)
    err = ftruncate(fd, end - done) < 0 ? -errno : UV_ENOSPC;
  if (err == 0 && options->durable && fdatasync(fd) < 0) err = -errno;
  close(fd);
  if (err == 0) *size = (uint64_t)end;
  return err;
}

int orch_file_overwrite(const char *path, uint64_t offset, const void *data, size_t n) {
  int fd = open(path, WRITE);
  if (fd < 0) return -errno;
  struct stat st;
  int err = fstat(fd, &st) < 0 ? -errno : 0;
  if (err == 0 && !S_ISREG(st.st_mode)) err = UV_EINVAL;
  uint64_t size = err == 0 ? (uint64_t)st.st_size : 0;
  if (err == 0 && (offset > size || n > size - offset)) err = UV_EINVAL;
  if (err == 0 && lseek(fd, (off_t)offset, SEEK_SET) < 0) err = -errno;
  if (err == 0) err = write_all(fd, data, n);
  close(fd);
  return err;
}

int orch_file_sync(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return -errno;
  int err = fsync(fd) < 0 ? -errno : 0;
  close(fd);
  return err == 0 ? sync_folder_of(path) : err;
}

int orch_file_truncate(const char *path, uint64_t size) {
  int fd = open(path, WRITE);
  if (fd < 0) return -errno;
  int err = ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
  close(fd);
  return err;
}

int orch_output(int fd, const void *data, size_t n) {
  const char *at = data;
  while (n > 0) {
    ssize_t done = write(fd, at, n);
    if (done < 0 && errno == EAGAIN) {
      struct pollfd ready = { .fd = fd, .events = POLLOUT };
      poll(&ready, 1, -1);
    } else if (done < 0 && errno != EINTR) {
      return -errno;
    } else if (done > 0) {
      at += done;
      n -= (size_t)done;
    }
  }
  return 0;
}

void orch_hash(const void *data, size_t n, char out[65]) {
  unsigned char digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(digest, data, n);
  sodium_bin2hex(out, 65, digest, sizeof digest);
}
