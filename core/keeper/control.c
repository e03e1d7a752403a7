/* control.c - the engine's socket, and keeper.sock for those who come later.
 *
 * One connection may own the session; while one does, the lease does not run.  All may
 * ask for anything.  A frame is the whole state, so a full socket costs nothing: what
 * is sent when it has room again is the newest.
 */
#include "keeper.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  SOCKET_MS = 200,         /* a session that ends sooner never has a keeper.sock */
  SOON_MS = 3,             /* "it runs" may wait for other news that long */
  LAST_INTERRUPT_MS = 300, /* the ladder of a session whose engine is gone */
  LAST_TERMINATE_MS = 500,
  BURST = 64 /* messages taken from one connection before others get a turn */
};

/* --- connections -------------------------------------------------------------- */

static void add(orch_keeper *k, int fd) {
  orch_control *c = &k->control;
  c->list[c->count++] = (orch_connection){ .fd = fd, .dirty = true };
}

static void lose_owner(orch_keeper *k) {
  const orch_request *r = &k->job.request;
  if (k->phase != ORCH_RUNNING) return;
  if (r->lease_ms == 0) {
    orch_end_begin(k, "engine", LAST_INTERRUPT_MS, LAST_TERMINATE_MS);
    return;
  }
  k->lease_at = orch_after(orch_now(), r->lease_ms);
  orch_control_listen(k);
}

static void hang_up(orch_keeper *k, int index) {
  orch_control *c = &k->control;
  bool owned = index == c->owner;
  close(c->list[index].fd);
  c->list[index] = c->list[--c->count];
  if (c->owner == c->count) c->owner = index;
  if (!owned) return;
  c->owner = -1;
  lose_owner(k);
}

void orch_control_open(orch_keeper *k, int engine) {
  k->control.listener = -1;
  k->control.owner = 0;
  add(k, engine);
  k->control.sent_at = orch_now();
  k->control.due = orch_after(k->control.sent_at, SOON_MS);
  k->socket_at = orch_after(k->control.sent_at, SOCKET_MS);
}

void orch_control_listen(orch_keeper *k) {
  k->socket_at = ORCH_NEVER;
  if (k->control.listener >= 0) return;
  struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = ".keeper.sock" };
  int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  unlink(name.sun_path);
  /* It gets its name when it answers, so that nobody finds it deaf. */
  if (bind(fd, (struct sockaddr *)&name, sizeof name) < 0 || listen(fd, 16) < 0 ||
      rename(name.sun_path, "keeper.sock") < 0)
    close(fd); /* the folder is gone: nobody will look for us there */
  else
    k->control.listener = fd;
}

static void welcome(orch_keeper *k) {
  int fd = accept4(k->control.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  struct ucred peer;
  socklen_t size = sizeof peer;
  bool ours = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
              (peer.uid == geteuid() || peer.uid == 0);
  if (!ours || k->control.count == ORCH_CONNECTIONS) {
    close(fd);
    return;
  }
  add(k, fd);
  orch_control_changed(k);
}

/* --- what they say -------------------------------------------------------------- */

static void type(orch_keeper *k, orch_connection *from, const char *bytes, size_t n) {
  ++from->ticket;
  if (orch_input_push(k, bytes, n)) {
    from->accepted = from->ticket;
    orch_control_soon(k); /* the program's answer will come as well */
  } else {
    from->refused = from->ticket;
    orch_control_changed(k);
  }
}

static void resize(const orch_keeper *k, const char *bytes, size_t n) {
  uint16_t size[2];
  if (n != sizeof size || k->terminal < 0) return;
  memcpy(size, bytes, sizeof size);
  struct winsize window = { .ws_row = size[0], .ws_col = size[1] };
  ioctl(k->output, TIOCSWINSZ, &window);
}

static void stop(orch_keeper *k, const char *bytes, size_t n) {
  const orch_request *r = &k->job.request;
  uint32_t grace[2] = { ORCH_OWN_GRACE, ORCH_OWN_GRACE };
  if (n == sizeof grace) memcpy(grace, bytes, sizeof grace);
  if (grace[0] == ORCH_OWN_GRACE) grace[0] = r->interrupt_ms;
  if (grace[1] == ORCH_OWN_GRACE) grace[1] = r->terminate_ms;
  orch_end_begin(k, "stop", grace[0], grace[1]);
}

static void own(orch_keeper *k, int index) {
  if (k->control.owner >= 0) return;
  k->control.owner = index;
  k->lease_at = ORCH_NEVER;
}

static void obey(orch_keeper *k, int index, const char *message, size_t n) {
  orch_connection *from = &k->control.list[index];
  switch (message[0]) {
  case ORCH_WRITE: type(k, from, message + 1, n - 1); return;
  case ORCH_RESIZE: resize(k, message + 1, n - 1); break;
  case ORCH_INTERRUPT: orch_interrupt(k); break;
  case ORCH_STOP: stop(k, message + 1, n - 1); break;
  case ORCH_KILL: orch_end_kill(k, "stop"); break;
  case ORCH_OWN: own(k, index); break;
  default: return;
  }
  from->dirty = true;
  k->control.due = 0;
}

/* Take what is there.  False when the connection is over.  A partner that dies with our
 * frames unread gives ECONNRESET first, and its own last messages after that. */
static bool listen_to(orch_keeper *k, int index) {
  int fd = k->control.list[index].fd;
  for (int i = 0; i < BURST; ++i) {
    ssize_t n = recv(fd, orch_scratch, sizeof orch_scratch, MSG_DONTWAIT);
    if (n > 0)
      obey(k, index, orch_scratch, (size_t)n);
    else if (n == 0)
      return false;
    else if (errno == EAGAIN)
      return true;
    else if (errno != EINTR && errno != ECONNRESET)
      return false;
  }
  return true;
}

/* --- frames ---------------------------------------------------------------------- */

void orch_control_changed(orch_keeper *k) {
  for (int i = 0; i < k->control.count; ++i) k->control.list[i].dirty = true;
  k->control.due = 0;
}

void orch_control_soon(orch_keeper *k) {
  int64_t due = orch_after(orch_now(), SOON_MS);
  for (int i = 0; i < k->control.count; ++i) k->control.list[i].dirty = true;
  if (due < k->control.due) k->control.due = due;
}

static void send_frame(orch_keeper *k, int index) {
  orch_connection *to = &k->control.list[index];
  int status = k->record.status;
  orch_frame frame = {
    .id = k->job.request.id,
    .state = ORCH_STARTED,
    .owner = index == k->control.owner,
    .pid = (uint32_t)k->leader,
    .accepted = to->accepted,
    .refused = to->refused,
    .queued = (uint32_t)orch_input_queued(k),
    .bytes = k->transcript.bytes,
  };
  if (k->phase == ORCH_GIVEN_UP) frame.state = ORCH_CLOSED;
  if (k->exited) {
    frame.state = k->output < 0 ? ORCH_CLOSED : ORCH_EXITED;
    if (WIFSIGNALED(status)) frame.signal = (uint8_t)WTERMSIG(status);
    if (WIFEXITED(status)) frame.code = (uint8_t)WEXITSTATUS(status);
  }
  ssize_t n = send(to->fd, &frame, sizeof frame, MSG_DONTWAIT | MSG_NOSIGNAL);
  to->blocked = n < 0 && errno == EAGAIN;
  to->dirty = to->blocked; /* any other failure shows as the end of the socket */
}

void orch_control_send(orch_keeper *k) {
  for (int i = 0; i < k->control.count; ++i)
    if (k->control.list[i].dirty && !k->control.list[i].blocked) send_frame(k, i);
  k->control.due = ORCH_NEVER;
  k->control.sent_at = orch_now();
  k->control.sent_bytes = k->transcript.bytes;
}

/* --- the loop's side --------------------------------------------------------------- */

int orch_control_poll(const orch_keeper *k, struct pollfd *set) {
  const orch_control *c = &k->control;
  for (int i = 0; i < c->count; ++i) {
    short events = c->list[i].blocked ? POLLIN | POLLOUT : POLLIN;
    set[i] = (struct pollfd){ .fd = c->list[i].fd, .events = events };
  }
  set[c->count] = (struct pollfd){ .fd = c->listener, .events = POLLIN };
  return c->count + 1;
}

/* From the last to the first, because one that hangs up moves the last into its place. */
void orch_control_handle(orch_keeper *k, const struct pollfd *set, int n) {
  bool visitor = set[n - 1].revents != 0;
  for (int i = n - 2; i >= 0; --i) {
    if (set[i].revents & POLLOUT) {
      k->control.list[i].blocked = false;
      k->control.due = 0;
    }
    if (set[i].revents & ~POLLOUT && !listen_to(k, i)) hang_up(k, i);
  }
  if (visitor) welcome(k);
}

void orch_control_close(orch_keeper *k) {
  if (k->control.listener >= 0) unlink("keeper.sock");
  for (int i = 0; i < k->control.count; ++i) {
    if (k->leader > 0) send_frame(k, i);
    close(k->control.list[i].fd);
  }
}
