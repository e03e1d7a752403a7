/* session.c - a session as we follow it: its keeper's frames, its transcript, its end. */
#define _GNU_SOURCE
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  FRAMES_AT_ONCE = 64, /* then other sources have their turn */
  SPARE = 16           /* descriptors that sessions leave to files, locks and watches */
};

int orch_session_new(orch_loop *loop, const char *folder, orch_session **out) {
  size_t n = strlen(folder) + 1;
  orch_session *s = calloc(1, sizeof *s + n);
  if (s == NULL) return UV_ENOMEM;
  memcpy(s->folder, folder, n);
  s->fd = -1;
  orch_messages_init(&s->out);
  orch_messages_init(&s->sent);
  orch_source_add(loop, &s->source, ORCH_KIND_SESSION);
  *out = s;
  return 0;
}

static void leave_uncertain(orch_session *s) {
  orch_session **at = &s->source.loop->uncertain;
  while (*at != NULL && *at != s) at = &(*at)->next_uncertain;
  if (*at == s) *at = s->next_uncertain;
}

void orch_session_free(orch_session *s) {
  if (s->uncertain) leave_uncertain(s);
  orch_session_disconnect(s);
  orch_messages_clear(&s->out);
  orch_messages_clear(&s->sent);
  orch_source_remove(&s->source);
  free(s->record);
  free(s);
}

/* --- the connection --------------------------------------------------------------- */

static void take_frame(orch_session *s, const orch_frame *frame) {
  s->frame = *frame;
  s->bytes = frame->bytes;
  if (frame->state == ORCH_STARTED) s->state = ORCH_STATE_RUNNING;
  if (frame->state > ORCH_STARTED) s->state = ORCH_STATE_EXITED;
  orch_session_settle(s);
  orch_source_mark(&s->source);
}

/* Returns false at the end of the connection. */
static bool receive(orch_session *s) {
  orch_frame frame, newest;
  int frames = 0;
  ssize_t n = 0;
  while (frames < FRAMES_AT_ONCE) {
    n = recv(s->fd, &frame, sizeof frame, MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == ECONNRESET)) continue; /* told once */
    if (n != (ssize_t)sizeof frame) break;
    newest = frame;
    frames++;
  }
  bool over = n == 0 || (n < 0 && errno != EAGAIN);
  if (frames > 0) take_frame(s, &newest);
  return !over;
}

static void on_socket(uv_poll_t *poll, int status, int events) {
  orch_session *s = poll->data;
  if ((status < 0 || (events & UV_READABLE)) && !receive(s)) {
    orch_session_disconnect(s);
    orch_session_probe(s);
  } else if (events & UV_WRITABLE) {
    orch_session_flush(s);
  }
}

int orch_session_watch(orch_session *s) {
  int events = UV_READABLE | (s->out.first != NULL ? UV_WRITABLE : 0);
  return uv_poll_start(s->poll, events, on_socket);
}

int orch_session_connect(orch_session *s, int fd) {
  int err = orch_poll_new(s->source.loop, fd, s, &s->poll);
  if (err < 0) return err;
  s->fd = fd;
  memset(&s->frame, 0, sizeof s->frame);
  orch_session_flush(s);
  return orch_session_watch(s);
}

void orch_session_disconnect(orch_session *s) {
  orch_poll_close(&s->poll);
  if (s->fd >= 0) close(s->fd);
  s->fd = -1;
  for (const orch_message *m = s->sent.first; m != NULL; m = m->next)
    s->waiting -= m->input;
  orch_messages_clear(&s->sent); /* nobody will tell us what became of it */
}

/* --- what the reader asks --------------------------------------------------------- */

/* The kernel gives the lowest free number, so a high one says that few are left. */
static bool leaves_spare(int fd) {
  struct rlimit limit;
  return getrlimit(RLIMIT_NOFILE, &limit) < 0 || (rlim_t)fd + SPARE < limit.rlim_cur;
}

static int make_ends(int ends[2]) {
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) return -errno;
  if (leaves_spare(ends[1])) return 0;
  close(ends[0]);
  close(ends[1]);
  return UV_EMFILE;
}

int orch_session_start(orch_loop *loop, const orch_spec *spec, int64_t *handle) {
  int ends[2];
  int err = make_ends(ends);
  if (err < 0) return err;
  orch_session *s;
  err = orch_session_new(loop, spec->folder, &s);
  if (err < 0) {
    close(ends[0]);
    close(ends[1]);
    return err;
  }
  s->own = true;
  err = orch_session_connect(s, ends[0]);
  if (err < 0 && s->fd < 0) close(ends[0]);
  if (err == 0) err = orch_forker_launch(loop, spec, (uint32_t)s->source.id, ends[1]);
  if (err < 0) {
    close(ends[1]);
    orch_session_free(s);
    return err;
  }
  *handle = s->source.id;
  return 0;
}

int orch_session_status(orch_loop *loop, int64_t handle, orch_status *out) {
  orch_session *s = (orch_session *)orch_source_find(loop, handle, ORCH_KIND_SESSION);
  if (s == NULL) return UV_EBADF;
  const orch_frame *frame = &s->frame;
  *out = (orch_status){
    .state = s->state,
    .owner = s->fd >= 0 && (frame->state == 0 ? s->state == ORCH_STATE_STARTING
                                              : frame->owner != 0),
    .pid = frame->pid,
    .bytes = s->bytes,
    .queued = s->waiting + frame->queued,
    .accepted = s->tickets_before + frame->accepted,
    .refused = frame->refused > 0 ? s->tickets_before + frame->refused : 0,
    .record = s->record,
  };
  return 0;
}

/* The transcript is opened for each take: a thousand ended sessions would otherwise hold
 * a thousand descriptors. */
ssize_t orch_session_take(orch_loop *loop, int64_t handle, uint64_t offset, void *buffer,
                          size_t n) {
  orch_session *s = (orch_session *)orch_source_find(loop, handle, ORCH_KIND_SESSION);
  if (s == NULL) return UV_EBADF;
  char path[ORCH_PATH_MAX];
  if (snprintf(path, sizeof path, "%s/transcript", s->folder) >= ORCH_PATH_MAX)
    return UV_ENAMETOOLONG;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
  if (fd < 0) return errno == ENOENT ? 0 : -errno; /* not made yet, or never */
  ssize_t got;
  do got = pread(fd, buffer, n, (off_t)offset);
  while (got < 0 && errno == EINTR);
  int error = errno;
  close(fd);
  return got < 0 ? -error : got;
}
