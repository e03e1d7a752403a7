/* input.c - what we tell a keeper: input to type, and control.
 *
 * Control goes ahead of input that the socket has not taken.  Writes are numbered by
 * their order on a connection, on both sides, so one that is dropped is sent empty.
 */
#include "session.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

void orch_messages_init(orch_messages *list) {
  list->first = NULL;
  list->last = &list->first;
}

static void push(orch_messages *list, orch_message *m) {
  m->next = NULL;
  *list->last = m;
  list->last = &m->next;
}

static orch_message *pop(orch_messages *list) {
  orch_message *m = list->first;
  list->first = m->next;
  if (list->first == NULL) list->last = &list->first;
  return m;
}

/* Put a control message behind those that wait, ahead of all input. */
static void push_control(orch_messages *list, orch_message *m) {
  orch_message **at = &list->first;
  while (*at != NULL && (*at)->ticket == 0) at = &(*at)->next;
  m->next = *at;
  if (*at == NULL) list->last = &m->next;
  *at = m;
}

void orch_messages_clear(orch_messages *list) {
  while (list->first != NULL) free(pop(list));
}

static orch_message *new_message(char verb, const void *data, size_t n) {
  orch_message *m = malloc(sizeof *m + 1 + n);
  if (m == NULL) return NULL;
  *m = (orch_message){ .size = 1 + n };
  m->bytes[0] = verb;
  if (n > 0) memcpy(m->bytes + 1, data, n);
  return m;
}

/* --- sending ---------------------------------------------------------------------- */

/* Send until the socket is full.  A broken socket is left to its reader. */
static void send_out(orch_session *s) {
  while (s->out.first != NULL) {
    const orch_message *m = s->out.first;
    ssize_t n = send(s->fd, m->bytes, m->size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;
    orch_message *done = pop(&s->out);
    if (done->ticket > 0) push(&s->sent, done);
    else free(done);
  }
}

void orch_session_flush(orch_session *s) {
  if (s->fd < 0 || s->out.first == NULL) return;
  send_out(s);
  orch_session_watch(s);
}

void orch_session_settle(orch_session *s) {
  uint32_t accepted = s->frame.accepted, refused = s->frame.refused;
  uint32_t answered = s->tickets_before + (accepted > refused ? accepted : refused);
  while (s->sent.first != NULL && s->sent.first->ticket <= answered) {
    orch_message *m = pop(&s->sent);
    s->waiting -= m->input;
    free(m);
  }
}

static orch_session *find_living(orch_loop *loop, int64_t handle, int over, int *err) {
  orch_session *s = (orch_session *)orch_source_find(loop, handle, ORCH_KIND_SESSION);
  *err = s == NULL ? UV_EBADF : s->state >= ORCH_STATE_ENDED ? over : 0;
  return s;
}

int orch_session_give(orch_loop *loop, int64_t handle, const void *data, size_t n,
                      uint32_t *ticket) {
  assert(n <= ORCH_GIVE_MAX);
  int err;
  orch_session *s = find_living(loop, handle, UV_EPIPE, &err);
  if (err < 0) return err;
  if (s->waiting + s->frame.queued + n > ORCH_GIVE_QUEUE) return UV_EAGAIN;
  orch_message *m = new_message(ORCH_WRITE, data, n);
  if (m == NULL) return UV_ENOMEM;
  m->ticket = ++s->tickets;
  m->input = n;
  s->waiting += n;
  push(&s->out, m);
  orch_session_flush(s);
  *ticket = s->tickets;
  return 0;
}

/* --- control ---------------------------------------------------------------------- */

static int tell(orch_session *s, char verb, const void *data, size_t n) {
  orch_message *m = new_message(verb, data, n);
  if (m == NULL) return UV_ENOMEM;
  push_control(&s->out, m);
  orch_session_flush(s);
  return 0;
}

static int control(orch_loop *loop, int64_t handle, char verb, const void *data,
                   size_t n) {
  int err;
  orch_session *s = find_living(loop, handle, UV_ESRCH, &err);
  return err < 0 ? err : tell(s, verb, data, n);
}

int orch_session_interrupt(orch_loop *loop, int64_t handle) {
  int err;
  orch_session *s = find_living(loop, handle, UV_ESRCH, &err);
  if (err < 0) return err;
  for (orch_message *m = s->out.first; m != NULL; m = m->next) {
    if (m->ticket == 0) continue;
    s->waiting -= m->input;
    m->input = 0;
    m->size = 1;
  }
  return tell(s, ORCH_INTERRUPT, NULL, 0);
}

int orch_session_kill(orch_loop *loop, int64_t handle) {
  return control(loop, handle, ORCH_KILL, NULL, 0);
}

int orch_session_stop(orch_loop *loop, int64_t handle, uint32_t interrupt_ms,
                      uint32_t terminate_ms) {
  uint32_t graces[2] = { interrupt_ms, terminate_ms };
  return control(loop, handle, ORCH_STOP, graces, sizeof graces);
}

int orch_session_resize(orch_loop *loop, int64_t handle, uint16_t rows, uint16_t cols) {
  uint16_t size[2] = { rows, cols };
  return control(loop, handle, ORCH_RESIZE, size, sizeof size);
}
