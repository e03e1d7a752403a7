/* forker.c - the program orch-keeper: forks a keeper for each request of its engine.
 *
 * It stays small so that forking is cheap.  What a keeper that died badly leaves
 * behind becomes its child and is ended; so it stays until the last keeper has ended,
 * though its engine be gone.
 */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef ORCH_VERSION
#define ORCH_VERSION "0.1.0"
#endif

enum {
  PIDS = 1 << 22, /* the kernel's PID_MAX_LIMIT */
  SWEEP_MS = 20,  /* between two looks for what a dead keeper left */
  UNTOLD_MS = 20, /* until deaths that no signal told of are looked for */
  PATIENCE = 250, /* looks, until what does not die is left to itself */
  BURST = 16      /* requests before deaths get a turn */
};

static uint8_t keepers[PIDS / 8]; /* a bit for each pid that is a keeper */
static size_t living;             /* keepers */
static size_t sweeps;             /* looks still to be taken, 0: nothing to sweep */
static int requests, deaths;      /* the engine's socket, -1 when it is gone; signalfd */
static int64_t look_at = ORCH_NEVER; /* when to look for untold deaths */

static union {
  _Alignas(ORCH_PAGE) orch_request request; /* pages that a keeper can give back */
  char bytes[ORCH_MESSAGE_MAX];
} message;

static bool is_keeper(pid_t pid) { return keepers[pid / 8] >> (pid % 8) & 1; }
static void flip_keeper(pid_t pid) { keepers[pid / 8] ^= (uint8_t)(1 << (pid % 8)); }

/* --- deaths -------------------------------------------------------------------- */

/* Reap one child, -1 being any.  False when it, or every one, lives. */
static bool reap_one(pid_t which) {
  int status;
  pid_t pid = waitpid(which, &status, WNOHANG | __WALL);
  if (pid <= 0) return false;
  bool ours = is_keeper(pid);
  if (ours) flip_keeper(pid);
  living -= ours;
  if (!ours || status != 0) sweeps = PATIENCE;
  return true;
}

static void reap(void) {
  while (reap_one(-1)) continue;
  look_at = ORCH_NEVER;
}

/* To ask for any dead child is to have the kernel look at all that live, a thousand
 * times for a thousand.  A signal names one; those that died while it was pending come
 * later. */
static void take_news(void) {
  struct signalfd_siginfo news;
  while (read(deaths, &news, sizeof news) > 0) {
    reap_one((pid_t)news.ssi_pid);
    if (look_at == ORCH_NEVER) look_at = orch_after(orch_now(), UNTOLD_MS);
  }
}

/* Kill every child that is not a keeper; return how many there were. */
static size_t kill_strangers(void) {
  const pid_t *children;
  size_t n = orch_tree_children(&children), strangers = 0;
  for (size_t i = 0; i < n; ++i)
    if (!is_keeper(children[i])) {
      kill(children[i], SIGKILL);
      ++strangers;
    }
  return strangers;
}

/* Go round a few times at once, to outrun what forks away; then once in a while.  Nobody
 * is left when two lists in a row show none, since one alone may have missed some. */
static void sweep(void) {
  --sweeps;
  for (int i = 0, quiet = 0; i < 8; ++i) {
    quiet = kill_strangers() > 0 ? 0 : quiet + 1;
    reap();
    if (quiet < 2) continue;
    sweeps = 0;
    return;
  }
}

/* --- requests ------------------------------------------------------------------- */

/* There is no keeper to tell that there is none. */
static void record_failure(size_t n, int memfd, int error) {
  static orch_job job;
  orch_transcript none = { .fd = -1 };
  orch_record record = {
    .status = -1, .ended_by = "start", .error = error, .stage = "fork"
  };
  if (orch_job_read(&job, &message.request, message.bytes + sizeof(orch_request),
                    n - sizeof(orch_request), memfd) < 0)
    return;
  if (chdir(job.folder) < 0) return;
  record.started = record.ended = orch_wall_ms();
  if (access("transcript", F_OK) < 0) {
    orch_record_reserve(&record);
    orch_record_write(&record, &none, false);
    if (record.fd >= 0) close(record.fd);
  }
  if (chdir("/") < 0) return;
}

static void serve(size_t n, int engine, int memfd) {
  if (n < sizeof(orch_request) || engine < 0) return;
  if (message.request.version != ORCH_PROTOCOL_VERSION) return;
  pid_t pid = _Fork(); /* fork, but leaves libc's own memory untouched, thus shared */
  if (pid == 0) {
    close(requests);
    close(deaths);
    orch_keeper_run(&message.request, message.bytes + sizeof(orch_request),
                    n - sizeof(orch_request), engine, memfd);
  }
  if (pid < 0) {
    record_failure(n, memfd, errno);
    return;
  }
  flip_keeper(pid);
  ++living;
}

static void take_descriptors(struct msghdr *head, int fds[2]) {
  struct cmsghdr *c = CMSG_FIRSTHDR(head);
  if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) return;
  memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
}

/* Serve one request.  False when there is none now. */
static bool take_request(void) {
  union {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(2 * sizeof(int))];
  } rights;
  struct iovec part = { .iov_base = &message, .iov_len = sizeof message };
  struct msghdr head = { .msg_iov = &part,
                         .msg_iovlen = 1,
                         .msg_control = &rights,
                         .msg_controllen = sizeof rights };
  ssize_t n = recvmsg(requests, &head, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (n < 0) return errno == EINTR || errno == ECONNRESET;
  if (n == 0) {
    close(requests);
    requests = -1;
    return false;
  }
  int fds[2] = { -1, -1 };
  take_descriptors(&head, fds);
  if (!(head.msg_flags & MSG_TRUNC)) serve((size_t)n, fds[0], fds[1]);
  if (fds[0] >= 0) close(fds[0]);
  if (fds[1] >= 0) close(fds[1]);
  return true;
}

static int run(void) {
  while (requests >= 0 || living > 0 || sweeps > 0) {
    struct pollfd set[2] = { { .fd = deaths, .events = POLLIN },
                             { .fd = requests, .events = POLLIN } };
    poll(set, 2, sweeps > 0 ? SWEEP_MS : look_at < ORCH_NEVER ? UNTOLD_MS : -1);
    if (set[0].revents) take_news();
    if (sweeps > 0 || orch_now() >= look_at) reap();
    if (sweeps > 0) sweep();
    if (set[1].revents)
      for (int i = 0; i < BURST && requests >= 0 && take_request(); ++i) continue;
  }
  return 0;
}

/* --- the beginning ---------------------------------------------------------------- */

/* Keepers and their children inherit all this; what is set once here costs no session. */
static int prepare(int fd, char **environment) {
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  requests = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  int null = open("/dev/null", O_RDWR);
  if (requests < 0 || null < 0 || chdir("/") < 0) return -errno;
  for (int i = 0; i < 3; ++i) dup2(null, i);
  if (requests != 3) { /* one descriptor at a known place, nothing else */
    if (dup3(requests, 3, O_CLOEXEC) < 0) return -errno;
    requests = 3;
  }
  close_range(4, ~0U, 0);
  /* Our environment is the user's whole one; do not show it to the workers. */
  for (char **at = environment; *at != NULL; ++at) memset(*at, 0, strlen(*at));

  sigset_t all, dead;
  for (int i = 1; i <= SIGRTMAX; ++i) signal(i, SIG_DFL);
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  sigemptyset(&dead);
  sigaddset(&dead, SIGCHLD);
  deaths = signalfd(-1, &dead, SFD_NONBLOCK | SFD_CLOEXEC);
  setsid();
  return deaths < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ? -errno : 0;
}

static bool is_engine(int fd) {
  int kind = 0;
  socklen_t size = sizeof kind;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &size) == 0 && kind == SOCK_SEQPACKET;
}

static int say(int fd, const char *first, const char *word, const char *rest) {
  char text[2048], shown[256];
  strncpy(shown, word, sizeof shown - 1);
  shown[sizeof shown - 1] = '\0';
  char *end = orch_put(orch_put(orch_put(text, first), shown), rest);
  return write(fd, text, (size_t)(end - text)) < 0 || fd == 2 ? 2 : 0;
}

static const char about[] =
    "orch-keeper keeps sessions for orch-lua: it starts a program on a terminal or a\n"
    "pipe, writes what it prints to a transcript, ends everything the program started,\n"
    "and records how it ended, even when orch-lua itself is gone by then.  orch-lua\n"
    "starts it; there is nothing to do with it by hand but --help and --version.\n";

int main(int argc, char **argv, char **environment) {
  if (argc == 2 && strcmp(argv[1], "--version") == 0)
    return say(1, "orch-keeper " ORCH_VERSION "\n", "", "");
  if (argc == 2 && strcmp(argv[1], "--help") == 0) return say(1, about, "", "");
  if (argc == 1)
    return say(2, "orch-keeper: it is started by orch-lua, not by hand", "", "\n");
  if (argc != 3 || strcmp(argv[1], "--fork-from") != 0)
    return say(2, "orch-keeper: unexpected '", argv[1],
               "': orch-lua starts it, by hand it takes --help or --version\n");
  char *end;
  long fd = strtol(argv[2], &end, 10);
  if (*argv[2] == '\0' || *end != '\0' || fd < 3 || fd > 1 << 20 || !is_engine((int)fd))
    return say(2, "orch-keeper: '--fork-from ", argv[2],
               "' is not a socket of orch-lua: it is started by orch-lua, not by hand\n");
  int error = prepare((int)fd, environment);
  if (error < 0) return 2;
  _exit(run());
}
