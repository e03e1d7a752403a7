/* follow.c - finding a session again: connect to its keeper, or see how it ended.
 *
 * The exit record is the truth.  Without one the lock of the transcript tells whether a
 * keeper lives; if so we look again until its socket is there or it has gone.
 */
#define _GNU_SOURCE
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
  TICK_MS = 10,      /* between two looks at first */
  LONGEST_PAUSE = 16, /* ticks */
  RECORD_MAX = 8192
};

static int open_in(const orch_session *s, const char *name, int flags) {
  char path[ORCH_PATH_MAX];
  int n = snprintf(path, sizeof path, "%s/%s", s->folder, name);
  if (n >= ORCH_PATH_MAX) return UV_ENAMETOOLONG;
  int fd = open(path, flags | O_CLOEXEC | O_NOCTTY);
  return fd < 0 ? -errno : fd;
}

static int read_record(orch_session *s) {
  char text[RECORD_MAX];
  int fd = open_in(s, "exit", O_RDONLY | O_NOFOLLOW);
  if (fd < 0) return fd;
  ssize_t n = read(fd, text, sizeof text);
  close(fd);
  if (n < 3 || text[0] != '{' || text[n - 1] != '\n' || text[n - 2] != '}')
    return UV_EINVAL;
  char *record = malloc((size_t)n);
  if (record == NULL) return UV_ENOMEM;
  memcpy(record, text, (size_t)n - 1);
  record[n - 1] = 0;
  free(s->record);
  s->record = record;
  return 0;
}

/* Whether a look has failed for want of something that others may give back. */
static bool is_scarce(int err) {
  return err == UV_EMFILE || err == UV_ENFILE || err == UV_ENOMEM;
}

static void measure(orch_session *s) {
  char path[ORCH_PATH_MAX];
  struct stat st;
  int n = snprintf(path, sizeof path, "%s/transcript", s->folder);
  if (n < ORCH_PATH_MAX && lstat(path, &st) == 0) s->bytes = (uint64_t)st.st_size;
}

/* The lock is asked for, shared, and given back at once: the kernel has no other way to
 * tell of a flock.  Who cannot look does not say that it is dead. */
static bool keeper_lives(const orch_session *s) {
  int fd = open_in(s, "transcript", O_RDONLY | O_NOFOLLOW);
  if (fd < 0) return is_scarce(fd);
  bool held = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
  close(fd);
  return held;
}

/* The ticket before the first write that this connection will carry. */
static uint32_t last_sent(const orch_session *s) {
  const orch_message *m = s->out.first;
  while (m != NULL && m->ticket == 0) m = m->next;
  return m != NULL ? m->ticket - 1 : s->tickets;
}

/* Through the folder's descriptor: a socket's path ends at 108 bytes. */
static int connect_keeper(orch_session *s) {
  int folder = open_in(s, ".", O_PATH | O_DIRECTORY);
  if (folder < 0) return folder;
  int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    close(folder);
    return UV_EMFILE;
  }
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  snprintf(name.sun_path, sizeof name.sun_path, "/proc/self/fd/%d/keeper.sock", folder);
  int err = connect(fd, (struct sockaddr *)&name, sizeof name) < 0 ? -errno : 0;
  close(folder);
  const char own = ORCH_OWN;
  if (err == 0 && s->own && send(fd, &own, 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    err = -errno;
  s->tickets_before = last_sent(s);
  if (err == 0) err = orch_session_connect(s, fd);
  if (err < 0 && s->fd < 0) close(fd);
  return err;
}

/* --- looking again ---------------------------------------------------------------- */

static void on_retry(uv_timer_t *timer) {
  orch_loop *loop = timer->data;
  orch_session **at = &loop->uncertain;
  while (*at != NULL) {
    orch_session *s = *at;
    if (--s->countdown <= 0) orch_session_probe(s);
    if (s->uncertain) at = &s->next_uncertain;
    else *at = s->next_uncertain;
  }
  if (loop->uncertain == NULL) uv_timer_stop(timer);
}

static void look_again(orch_session *s) {
  orch_loop *loop = s->source.loop;
  s->pause = s->pause == 0 ? 1 : s->pause * 2;
  if (s->pause > LONGEST_PAUSE) s->pause = LONGEST_PAUSE;
  s->countdown = s->pause;
  if (s->uncertain) return;
  s->uncertain = true;
  s->next_uncertain = loop->uncertain;
  loop->uncertain = s;
  if (!uv_is_active((uv_handle_t *)&loop->retry))
    uv_timer_start(&loop->retry, on_retry, TICK_MS, TICK_MS);
}

static void finish(orch_session *s, orch_state state) {
  measure(s); /* the last frames may have been dropped */
  s->state = state;
  s->uncertain = false; /* the timer unlinks it */
  s->waiting = 0;
  s->frame.queued = 0;
  orch_messages_clear(&s->out);
  orch_source_mark(&s->source);
}

void orch_session_probe(orch_session *s) {
  int err = read_record(s);
  bool lives = err < 0 && keeper_lives(s);
  if (err < 0 && !lives) err = read_record(s); /* it may have ended between two looks */
  if (err == 0) {
    finish(s, ORCH_STATE_ENDED);
  } else if (!lives && !is_scarce(err)) {
    finish(s, ORCH_STATE_LOST);
  } else if (connect_keeper(s) == 0) {
    s->uncertain = false;
    s->pause = 0;
  } else {
    look_again(s);
  }
}

int orch_session_attach(orch_loop *loop, const char *folder, bool own, int64_t *handle) {
  struct stat st;
  if (stat(folder, &st) < 0) return -errno;
  if (!S_ISDIR(st.st_mode)) return UV_ENOTDIR;
  orch_session *s;
  int err = orch_session_new(loop, folder, &s);
  if (err < 0) return err;
  s->own = own;
  s->state = ORCH_STATE_RUNNING;
  measure(s); /* until a frame tells */
  orch_session_probe(s);
  *handle = s->source.id;
  return 0;
}
