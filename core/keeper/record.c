/* record.c - how a session ended, one JSON line that is there whole or not at all.
 *
 * Its space is reserved before the child starts, so that a disk which the child fills
 * cannot take away the news of it.
 */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RESERVED = 1024 };

int64_t orch_wall_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / ORCH_MS;
}

char *orch_put(char *at, const char *text) { return stpcpy(at, text); }

char *orch_put_number(char *at, uint64_t number) {
  char digits[24], *first = digits + sizeof digits;
  *--first = '\0';
  do *--first = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  return stpcpy(at, first);
}

/* ,"name":  - the first member, v, is written by hand. */
static char *put_name(char *at, const char *name) {
  return orch_put(orch_put(orch_put(at, ",\""), name), "\":");
}

static char *put_member(char *at, const char *name, uint64_t number) {
  return orch_put_number(put_name(at, name), number);
}

static char *put_text(char *at, const char *name, const char *text) {
  at = put_name(at, name);
  if (text == NULL) return orch_put(at, "null");
  return orch_put(orch_put(orch_put(at, "\""), text), "\"");
}

static char *put_time(char *at, const char *name, int64_t ms) {
  at = orch_put(put_member(at, name, (uint64_t)(ms / 1000)), ".");
  uint64_t part = (uint64_t)(ms % 1000);
  if (part < 100) at = orch_put(at, "0");
  if (part < 10) at = orch_put(at, "0");
  return orch_put_number(at, part);
}

static char *put_signal(char *at, int number) {
  const char *name = sigabbrev_np(number);
  if (name == NULL) { /* a real-time signal has a number only */
    at = orch_put(put_name(at, "signal"), "\"SIG");
    return orch_put(orch_put_number(at, (uint64_t)number), "\"");
  }
  char text[32];
  orch_put(orch_put(text, "SIG"), name);
  return put_text(at, "signal", text);
}

static size_t compose(char *line, const orch_record *r, const orch_transcript *t) {
  char *at = orch_put(line, "{\"v\":1");
  if (r->status >= 0 && WIFEXITED(r->status))
    at = put_member(at, "code", (uint64_t)WEXITSTATUS(r->status));
  else
    at = put_text(at, "code", NULL);
  if (r->status >= 0 && WIFSIGNALED(r->status))
    at = put_signal(at, WTERMSIG(r->status));
  else
    at = put_text(at, "signal", NULL);
  at = put_text(at, "ended_by", r->ended_by);
  at = put_text(at, "error", r->error ? strerrorname_np(r->error) : NULL);
  at = put_text(at, "stage", r->stage);
  at = put_member(at, "survivors", r->survivors);
  at = put_member(at, "left", r->left);
  at = put_member(at, "bytes", t->bytes);
  at = put_member(at, "dropped", t->dropped);
  at = put_time(at, "started", r->started);
  at = put_time(at, "ended", r->ended);
  return (size_t)(orch_put(at, "}\n") - line);
}

int orch_record_reserve(orch_record *r) {
  r->fd = open(".exit", O_CREAT | O_TRUNC | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600);
  if (r->fd < 0) return -errno;
  return -posix_fallocate(r->fd, 0, RESERVED);
}

static int sync_folder(void) {
  int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return -errno;
  int error = fsync(fd) < 0 ? -errno : 0;
  close(fd);
  return error;
}

int orch_record_write(const orch_record *r, const orch_transcript *t, bool durable) {
  char line[RESERVED];
  size_t n = compose(line, r, t);
  if (pwrite(r->fd, line, n, 0) != (ssize_t)n) return -EIO;
  if (ftruncate(r->fd, (off_t)n) < 0) return -errno;
  if (durable && fsync(r->fd) < 0) return -errno;
  if (rename(".exit", "exit") < 0) return -errno;
  return durable ? sync_folder() : 0;
}
