/* forker.c - the engine's side of the forker, a small process that forks keepers for us.
 *
 * A big process with many descriptors forks slowly, the forker does not.  Requests that
 * its socket does not take at once wait here.  When it dies, its keepers live on and the
 * next request starts another.
 */
#define _GNU_SOURCE
#include "internal.h"
#include "keeper/protocol.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct orch_launch {
  orch_launch *next;
  int keeper_end; /* ours until it is sent */
  int strings;    /* a memfd, or -1 when the strings are in the message */
  size_t size;
  char message[];
};

/* --- starting it ------------------------------------------------------------------ */

/* The environment is empty: keepers can be read by workers of the same user. */
static int spawn(const char *keeper, int socket, pid_t *pid) {
  char *argv[] = { "orch-keeper", "--fork-from", "3", NULL }, *env[] = { NULL };
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&files, socket, 3);
  for (int fd = 0; fd < 3; fd++)
    posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_addclosefrom_np(&files, 4);
  posix_spawn_file_actions_addchdir_np(&files, "/");
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  int err = posix_spawn(pid, keeper, &files, &attributes, argv, env);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return -err;
}

static void forget(orch_forker *forker) {
  orch_poll_close(&forker->writable);
  if (forker->fd >= 0) close(forker->fd);
  forker->fd = -1;
}

static int start(orch_forker *forker) {
  if (forker->pid > 0) waitpid(forker->pid, NULL, WNOHANG); /* the one before */
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) return -errno;
  int err = spawn(forker->keeper, ends[1], &forker->pid);
  close(ends[1]);
  if (err < 0) {
    close(ends[0]);
    return err;
  }
  forker->fd = ends[0];
  return 0;
}

/* --- requests --------------------------------------------------------------------- */

static size_t count_strings(const orch_spec *spec) {
  size_t n = strlen(spec->folder) + strlen(spec->workdir) + 3;
  n += spec->stdin_path != NULL ? strlen(spec->stdin_path) : 0;
  for (size_t i = 0; i < spec->argc; i++) n += strlen(spec->argv[i]) + 1;
  for (size_t i = 0; i < spec->envc; i++) n += strlen(spec->env[i]) + 1;
  return n;
}

static void copy_strings(char *at, const orch_spec *spec) {
  at = stpcpy(at, spec->folder) + 1;
  at = stpcpy(at, spec->workdir) + 1;
  at = stpcpy(at, spec->stdin_path != NULL ? spec->stdin_path : "") + 1;
  for (size_t i = 0; i < spec->argc; i++) at = stpcpy(at, spec->argv[i]) + 1;
  for (size_t i = 0; i < spec->envc; i++) at = stpcpy(at, spec->env[i]) + 1;
}

static uint32_t flags_of(const orch_spec *spec) {
  return (spec->tty ? ORCH_TTY : 0u) | (spec->stdin_path == NULL ? ORCH_STDIN_TTY : 0u) |
         (spec->stderr_file ? ORCH_STDERR_FILE : 0u) | (spec->keep ? ORCH_KEEP : 0u) |
         (spec->durable ? ORCH_DURABLE : 0u);
}

/* Move the strings of a message that would be too long into a memfd. */
static int move_strings(orch_launch *launch, size_t strings) {
  int fd = memfd_create("orch-request", MFD_CLOEXEC);
  if (fd < 0) return -errno;
  const char *at = launch->message + sizeof(orch_request);
  for (size_t done = 0; done < strings;) {
    ssize_t n = pwrite(fd, at + done, strings - done, (off_t)done);
    if (n < 0) {
      int err = -errno;
      close(fd);
      return err;
    }
    done += (size_t)n;
  }
  launch->strings = fd;
  launch->size = sizeof(orch_request);
  return 0;
}

static int new_launch(const orch_loop *loop, const orch_spec *spec, uint32_t id,
                      orch_launch **out) {
  size_t strings = count_strings(spec), size = sizeof(orch_request) + strings;
  if (strings > UINT32_MAX) return UV_E2BIG;
  orch_launch *launch = malloc(sizeof *launch + size);
  if (launch == NULL) return UV_ENOMEM;
  orch_request request = {
    .version = ORCH_PROTOCOL_VERSION, .id = id, .flags = flags_of(spec),
    .argc = (uint32_t)spec->argc, .envc = (uint32_t)spec->envc,
    .strings = (uint32_t)strings, .rows = spec->rows, .cols = spec->cols,
    .interrupt_ms = spec->interrupt_ms, .terminate_ms = spec->terminate_ms,
    .lease_ms = spec->lease_ms, .deadline_ms = spec->deadline_ms, .cap = spec->cap,
    .open_files = loop->open_files,
  };
  *launch = (orch_launch){ .keeper_end = -1, .strings = -1, .size = size };
  copy_strings(launch->message + sizeof request, spec);
  if (size > ORCH_MESSAGE_MAX) {
    request.flags |= ORCH_STRINGS_FD;
    int err = move_strings(launch, strings);
    if (err < 0) {
      free(launch);
      return err;
    }
  }
  memcpy(launch->message, &request, sizeof request);
  *out = launch;
  return 0;
}

static void free_launch(orch_launch *launch) {
  if (launch->keeper_end >= 0) close(launch->keeper_end);
  if (launch->strings >= 0) close(launch->strings);
  free(launch);
}

static int send_launch(int fd, orch_launch *launch) {
  int passed[2] = { launch->keeper_end, launch->strings };
  size_t size = sizeof(int) * (launch->strings >= 0 ? 2 : 1);
  union {
    struct cmsghdr align;
    char space[CMSG_SPACE(sizeof passed)];
  } control = { 0 };
  struct iovec data = { .iov_base = launch->message, .iov_len = launch->size };
  struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1,
                            .msg_control = control.space,
                            .msg_controllen = CMSG_SPACE(size) };
  struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(size);
  memcpy(CMSG_DATA(rights), passed, size);
  ssize_t n;
  do n = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n < 0 ? -errno : 0;
}

/* Send one request, to a new forker if there is none or the old one is gone. */
static int deliver(orch_forker *forker, orch_launch *launch) {
  int err = forker->fd < 0 ? UV_EPIPE : send_launch(forker->fd, launch);
  if (err != UV_EPIPE && err != UV_ECONNRESET) return err;
  forget(forker);
  err = start(forker);
  return err < 0 ? err : send_launch(forker->fd, launch);
}

static bool must_wait(int err) {
  return err == UV_EAGAIN || err == UV_ENOBUFS || err == -ETOOMANYREFS;
}

static int watch_writable(orch_loop *loop);

/* A request that cannot be delivered is dropped: its session sees the socket's end. */
static void flush(orch_loop *loop) {
  orch_forker *forker = &loop->forker;
  while (forker->first != NULL) {
    orch_launch *launch = forker->first;
    int err = deliver(forker, launch);
    if (must_wait(err) && watch_writable(loop) == 0) return;
    forker->first = launch->next;
    free_launch(launch);
  }
  forker->last = &forker->first;
  orch_poll_close(&forker->writable);
}

static void on_writable(uv_poll_t *poll, int status, int events) {
  (void)status, (void)events;
  flush(poll->data);
}

static int watch_writable(orch_loop *loop) {
  orch_forker *forker = &loop->forker;
  if (forker->writable != NULL) return 0;
  int err = orch_poll_new(loop, forker->fd, loop, &forker->writable);
  return err < 0 ? err : uv_poll_start(forker->writable, UV_WRITABLE, on_writable);
}

int orch_forker_launch(orch_loop *loop, const orch_spec *spec, uint32_t id,
                       int keeper_end) {
  orch_forker *forker = &loop->forker;
  orch_launch *launch;
  int err = new_launch(loop, spec, id, &launch);
  if (err < 0) return err;
  launch->keeper_end = keeper_end;
  err = forker->first != NULL ? UV_EAGAIN : deliver(forker, launch);
  if (must_wait(err) && (err = watch_writable(loop)) == 0) {
    *forker->last = launch;
    forker->last = &launch->next;
    return 0;
  }
  if (err < 0) launch->keeper_end = -1; /* stays the caller's */
  free_launch(launch);
  return err;
}

void orch_forker_close(orch_loop *loop) {
  orch_forker *forker = &loop->forker;
  while (forker->first != NULL) {
    orch_launch *launch = forker->first;
    forker->first = launch->next;
    free_launch(launch);
  }
  forget(forker);
  if (forker->pid > 0) waitpid(forker->pid, NULL, WNOHANG);
}
