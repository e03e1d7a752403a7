/* keeper.c - the life of one session, from its folder to its exit record. */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
  FRAME_MS = 10,           /* under output, news goes out that often */
  FRAME_BYTES = 256 << 10, /* or that often */
  LAST_DRAIN_MS = 500,     /* for output of strangers who hold the terminal */
  DISK_INTERRUPT_MS = 300, /* the ladder of a session that cannot be recorded */
  DISK_TERMINATE_MS = 500
};

_Alignas(ORCH_PAGE) char orch_scratch[ORCH_MESSAGE_MAX];
static orch_keeper keeper;

int64_t orch_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 * ORCH_MS + now.tv_nsec;
}

int64_t orch_after(int64_t now, uint64_t ms) {
  if (ms > (uint64_t)(ORCH_NEVER - now) / ORCH_MS) return ORCH_NEVER;
  return now + (int64_t)ms * ORCH_MS;
}

/* --- what happens -------------------------------------------------------------- */

void orch_keeper_reap(orch_keeper *k) {
  for (;;) {
    int status;
    pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);
    if (pid < 0 && errno == EINTR) continue;
    if (pid <= 0) {
      k->empty = pid < 0;
      return;
    }
    if (pid != k->leader || k->exited) continue;
    k->exited = true;
    k->record.status = status;
    orch_input_drop(k);
    orch_control_changed(k);
    orch_end_leader_gone(k);
  }
}

static void on_signals(orch_keeper *k) {
  struct signalfd_siginfo news;
  while (read(k->signals, &news, sizeof news) == (ssize_t)sizeof news)
    if (news.ssi_signo == SIGTERM)
      orch_end_begin(k, "stop", k->job.request.interrupt_ms, k->job.request.terminate_ms);
  orch_keeper_reap(k);
}

static void blame_disk(orch_keeper *k, int error) {
  k->record.ended_by = "disk";
  k->record.error = error;
  k->record.stage = "transcript";
}

/* What cannot be written down ends the session, and the record says so even if the
 * leader is gone already: its output is not complete. */
static void fail_for_disk(orch_keeper *k) {
  if (k->failed) return;
  k->failed = true;
  if (k->phase == ORCH_RUNNING)
    orch_end_begin(k, "disk", DISK_INTERRUPT_MS, DISK_TERMINATE_MS);
  blame_disk(k, -k->transcript.error);
}

/* Append what is there, 64 KiB at most.  Return how much; 0 when there is nothing now. */
static size_t take_output(orch_keeper *k) {
  size_t n = 0;
  while (n < sizeof orch_scratch) {
    ssize_t got = read(k->output, orch_scratch + n, sizeof orch_scratch - n);
    if (got > 0) {
      n += (size_t)got;
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 || errno != EAGAIN) { /* EIO is a terminal's end of file */
      close(k->output);
      k->output = -1;
      orch_control_changed(k);
    }
    break;
  }
  if (n > 0) {
    orch_transcript_append(&k->transcript, orch_scratch, n);
    orch_control_changed(k);
  }
  if (k->transcript.error) fail_for_disk(k);
  return n;
}

/* --- the loop ------------------------------------------------------------------- */

static void on_time(orch_keeper *k, int64_t now) {
  const orch_request *r = &k->job.request;
  if (now >= k->socket_at) {
    orch_control_listen(k);
    orch_job_forget(&k->job); /* it lives on: let it be small */
  }
  if (now >= k->input.retry_at) orch_input_flush(k);
  if (k->phase == ORCH_RUNNING && now >= k->deadline_at)
    orch_end_begin(k, "deadline", r->interrupt_ms, r->terminate_ms);
  if (k->phase == ORCH_RUNNING && now >= k->lease_at)
    orch_end_begin(k, "lease", r->interrupt_ms, r->terminate_ms);
  orch_end_step(k, now);
}

static int64_t sooner(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t next_time(const orch_keeper *k) {
  int64_t at = sooner(k->control.due, sooner(k->socket_at, k->input.retry_at));
  at = sooner(at, k->rung_at);
  if (k->phase == ORCH_RUNNING) at = sooner(at, sooner(k->deadline_at, k->lease_at));
  return at;
}

static int wait_for_news(struct pollfd *set, int n, int64_t until, int64_t now) {
  if (until == ORCH_NEVER) return ppoll(set, (nfds_t)n, NULL, NULL);
  int64_t left = until > now ? until - now : 0;
  struct timespec limit = { .tv_sec = left / (1000 * ORCH_MS),
                            .tv_nsec = left % (1000 * ORCH_MS) };
  return ppoll(set, (nfds_t)n, &limit, NULL);
}

/* Under steady output there is never a quiet moment: do not wait for one for ever. */
static bool is_overdue(const orch_keeper *k, int64_t now) {
  return k->control.due <= now &&
         (k->transcript.bytes - k->control.sent_bytes >= FRAME_BYTES ||
          now - k->control.sent_at >= FRAME_MS * ORCH_MS);
}

static void turn(orch_keeper *k) {
  struct pollfd set[ORCH_POLLED];
  int64_t now = orch_now();
  bool typing = k->input.start < k->input.end;
  set[0] = (struct pollfd){ .fd = k->signals, .events = POLLIN };
  set[1] =
      (struct pollfd){ .fd = k->output, .events = typing ? POLLIN | POLLOUT : POLLIN };
  int visitors = orch_control_poll(k, set + 2);
  int ready = wait_for_news(set, visitors + 2, next_time(k), now);
  now = orch_now();
  if (ready > 0) {
    if (set[0].revents) on_signals(k);
    orch_control_handle(k, set + 2, visitors);
    if (set[1].revents & POLLOUT && k->output >= 0) orch_input_flush(k);
    if (set[1].revents & ~POLLOUT && k->output >= 0) take_output(k);
  }
  if ((ready <= 0 && k->control.due <= now) || is_overdue(k, now)) orch_control_send(k);
  on_time(k, now);
}

static void drain(orch_keeper *k) {
  int64_t until = orch_after(orch_now(), LAST_DRAIN_MS);
  while (k->output >= 0 && take_output(k) > 0 && orch_now() < until) continue;
  if (k->output >= 0) close(k->output);
  k->output = -1;
}

/* --- birth and death -------------------------------------------------------------- */

/* The order matters to those who look: the record before the lock is released, both
 * before the end of the socket. */
static _Noreturn void finish(orch_keeper *k) {
  k->record.ended = orch_wall_ms();
  bool durable = k->job.request.flags & ORCH_DURABLE;
  if (durable && k->transcript.fd >= 0 && fsync(k->transcript.fd) < 0)
    blame_disk(k, errno);
  orch_record_write(&k->record, &k->transcript, durable);
  if (k->transcript.fd >= 0) close(k->transcript.fd);
  orch_control_close(k);
  _exit(k->record.survivors > 0); /* not 0: the forker looks after them */
}

static _Noreturn void fail_to_start(orch_keeper *k, int error, const char *stage) {
  k->record.ended_by = "start";
  k->record.error = -error;
  k->record.stage = stage;
  finish(k);
}

static int watch_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGTERM);
  return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void open_session(orch_keeper *k, int engine) {
  k->record.started = orch_wall_ms();
  orch_control_open(k, engine);
  int error = orch_transcript_open(&k->transcript, k->job.request.cap);
  if (error == -EEXIST) _exit(0); /* the session is another keeper's: touch nothing */
  int reserved = orch_record_reserve(&k->record);
  if (error || reserved) fail_to_start(k, error ? error : reserved, "folder");
  k->signals = watch_signals();
  if (k->signals < 0) fail_to_start(k, -errno, "signals");
}

_Noreturn void orch_keeper_run(const orch_request *request, char *strings, size_t n,
                               int engine, int memfd) {
  orch_keeper *k = &keeper;
  const char *stage;
  setsid();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  k->output = k->terminal = k->transcript.fd = k->record.fd = -1;
  k->record.status = -1;
  k->record.ended_by = "self";
  k->rung_at = k->lease_at = k->deadline_at = k->input.retry_at = ORCH_NEVER;
  if (orch_job_read(&k->job, request, strings, n, memfd) < 0) _exit(0);
  if (chdir(k->job.folder) < 0) _exit(0); /* there is no place for a record */
  if (memfd >= 0) close(memfd);
  open_session(k, engine);
  int error = orch_spawn(k, &stage);
  if (error) fail_to_start(k, error, stage);
  if (request->deadline_ms > 0)
    k->deadline_at = orch_after(orch_now(), request->deadline_ms);
  while (!(k->exited && k->empty) && k->phase != ORCH_GIVEN_UP) turn(k);
  drain(k);
  finish(k);
}
