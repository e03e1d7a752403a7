/* keeper_rig.h - drives the real orch-keeper as the engine does, for the tests of it.
 *
 * Each session has a folder and a mark in its environment of its own; a test fails when
 * a process with the mark is alive after it.
 */
#ifndef ORCH_KEEPER_RIG_H
#define ORCH_KEEPER_RIG_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../core/keeper/protocol.h"

#ifndef ORCH_KEEPER_PATH
#define ORCH_KEEPER_PATH "orch-keeper"
#endif

enum { PATIENCE_MS = 10000, SESSIONS = 512 };

typedef struct {
  const char *argv[8];
  const char *const *env; /* in addition to PATH and the mark */
  const char *workdir, *input, *folder;
  unsigned flags;
  bool in_memfd;
  char *const *long_argv; /* instead of argv */
  uint16_t rows, cols;
  uint32_t interrupt_ms, terminate_ms;
  uint64_t lease_ms, deadline_ms, cap, open_files;
} spec;

typedef struct {
  int fd; /* our end, -1 when closed */
  char folder[96];
  char mark[64];
  orch_frame frame; /* the newest */
  unsigned frames;
  bool over; /* the socket has ended */
  char record[1024];
} session;

static int forker_fd = -1;
static pid_t forker_pid;
static session *sessions[SESSIONS];
static size_t session_count;
static unsigned session_number;

/* --- time ----------------------------------------------------------------------- */

static inline int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Look again and again until *condition* holds; fail the test when it never does. */
#define WAIT_FOR(condition) \
  do { \
    int64_t limit = now_ms() + PATIENCE_MS; \
    while (!(condition)) { \
      if (now_ms() > limit) fail_msg("waited in vain for %s", #condition); \
      poll(NULL, 0, 2); \
    } \
  } while (0)

/* --- processes -------------------------------------------------------------------- */

/* How many living processes have *mark* in their environment; the first one's pid. */
static inline unsigned marked(const char *mark, pid_t *first) {
  unsigned n = 0;
  DIR *folder = opendir("/proc");
  for (struct dirent *e; (e = readdir(folder)) != NULL;) {
    if (e->d_name[0] < '0' || e->d_name[0] > '9') continue;
    char path[300], text[16384];
    snprintf(path, sizeof path, "/proc/%s/environ", e->d_name);
    int fd = open(path, O_RDONLY);
    if (fd < 0) continue;
    ssize_t got = read(fd, text, sizeof text);
    close(fd);
    if (got <= 0 || memmem(text, (size_t)got, mark, strlen(mark) + 1) == NULL) continue;
    if (n++ == 0 && first != NULL) *first = (pid_t)atoi(e->d_name);
  }
  closedir(folder);
  return n;
}

/* A number of /proc/PID/stat, counted after the name: 0 is the parent. */
static inline long stat_number(pid_t pid, int which) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  int fd = open(path, O_RDONLY);
  if (fd < 0) return -1;
  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  if (n <= 0) return -1;
  text[n] = '\0';
  char *at = strrchr(text, ')');
  if (at == NULL) return -1;
  at += 4;
  while (which-- > 0) at = strchr(at, ' ') + 1;
  return strtol(at, NULL, 10);
}

static inline pid_t parent_of(pid_t pid) { return (pid_t)stat_number(pid, 0); }

/* --- the forker --------------------------------------------------------------------- */

static inline const char *keeper_path(void) {
  const char *path = getenv("ORCH_KEEPER");
  return path != NULL ? path : ORCH_KEEPER_PATH;
}

static inline void start_forker(void) {
  int ends[2];
  assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), errno);
  forker_pid = fork();
  if (forker_pid == 0) {
    if (ends[1] == 3)
      fcntl(3, F_SETFD, 0);
    else
      dup2(ends[1], 3);
    execl(keeper_path(), "orch-keeper", "--fork-from", "3", (char *)NULL);
    _exit(127);
  }
  close(ends[1]);
  forker_fd = ends[0];
}

/* Close our end; the forker must then go by itself. */
static inline int end_forker(void) {
  close(forker_fd);
  for (int64_t limit = now_ms() + PATIENCE_MS; now_ms() < limit; poll(NULL, 0, 2)) {
    int status;
    if (waitpid(forker_pid, &status, WNOHANG) == forker_pid) return status;
  }
  kill(forker_pid, SIGKILL);
  waitpid(forker_pid, NULL, 0);
  return -1;
}

/* --- a request ------------------------------------------------------------------------
 */

typedef struct {
  char *bytes;
  size_t n, size;
} buffer;

static inline void put(buffer *b, const void *bytes, size_t n) {
  if (b->n + n > b->size) {
    b->size = (b->n + n) * 2;
    b->bytes = realloc(b->bytes, b->size);
    assert_non_null(b->bytes);
  }
  memcpy(b->bytes + b->n, bytes, n);
  b->n += n;
}

static inline void put_string(buffer *b, const char *text) {
  put(b, text, strlen(text) + 1);
}

static inline void send_request(const buffer *head, const buffer *strings, int fd,
                                int memfd) {
  union {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(2 * sizeof(int))];
  } rights = { .bytes = { 0 } };
  int fds[2] = { fd, memfd };
  size_t room = (memfd >= 0 ? 2 : 1) * sizeof(int);
  struct iovec parts[2] = { { head->bytes, head->n }, { strings->bytes, strings->n } };
  struct msghdr message = { .msg_iov = parts,
                            .msg_iovlen = memfd >= 0 ? 1 : 2,
                            .msg_control = &rights,
                            .msg_controllen = CMSG_SPACE(room) };
  struct cmsghdr *c = CMSG_FIRSTHDR(&message);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(room);
  memcpy(CMSG_DATA(c), fds, room);
  assert_return_code(sendmsg(forker_fd, &message, MSG_NOSIGNAL), errno);
}

/* Write down what is asked; the strings go behind the header or into a memfd. */
static inline void compose(const spec *s, const session *to, buffer *head,
                           buffer *strings) {
  orch_request r = {
    .version = ORCH_PROTOCOL_VERSION,
    .id = session_number,
    .flags = s->flags | (s->in_memfd ? ORCH_STRINGS_FD : 0),
    .envc = 2,
    .rows = s->rows,
    .cols = s->cols,
    .interrupt_ms = s->interrupt_ms ? s->interrupt_ms : 3000,
    .terminate_ms = s->terminate_ms ? s->terminate_ms : 5000,
    .lease_ms = s->lease_ms,
    .deadline_ms = s->deadline_ms,
    .cap = s->cap,
    .open_files = s->open_files,
  };
  put_string(strings, to->folder);
  put_string(strings, s->workdir ? s->workdir : "/");
  put_string(strings, s->input ? s->input : "/dev/null");
  char *const *arg = s->long_argv ? s->long_argv : (char *const *)s->argv;
  for (; *arg != NULL; ++arg, ++r.argc) put_string(strings, *arg);
  put_string(strings, to->mark);
  put_string(strings, "PATH=/usr/bin:/bin");
  for (const char *const *e = s->env; e != NULL && *e != NULL; ++e, ++r.envc)
    put_string(strings, *e);
  r.strings = (uint32_t)strings->n;
  put(head, &r, sizeof r);
}

static inline session *start(const spec *s) {
  session *new = calloc(1, sizeof *new);
  assert_non_null(new);
  sessions[session_count++] = new;
  snprintf(new->mark, sizeof new->mark, "ORCH_TEST_MARK=%d.%u", getpid(),
           ++session_number);
  snprintf(new->folder, sizeof new->folder, "%s",
           s->folder ? s->folder : "/tmp/orch-keeper-test-XXXXXX");
  if (s->folder == NULL) assert_non_null(mkdtemp(new->folder));

  buffer strings = { 0 }, head = { 0 };
  compose(s, new, &head, &strings);
  int ends[2], memfd = -1;
  if (s->in_memfd) {
    memfd = memfd_create("strings", MFD_CLOEXEC);
    assert_int_equal(write(memfd, strings.bytes, strings.n), strings.n);
  }
  assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), errno);
  send_request(&head, &strings, ends[1], memfd);
  close(ends[1]);
  if (memfd >= 0) close(memfd);
  free(strings.bytes);
  free(head.bytes);
  new->fd = ends[0];
  return new;
}

/* --- following a session
 * ---------------------------------------------------------------- */

/* Take frames for *ms* milliseconds or until one comes or the socket ends. */
static inline void follow(session *s, int ms) {
  struct pollfd set = { .fd = s->fd, .events = POLLIN };
  if (s->over || poll(&set, 1, ms) <= 0) return;
  for (;;) {
    orch_frame frame;
    ssize_t n = recv(s->fd, &frame, sizeof frame, MSG_DONTWAIT);
    if (n == (ssize_t)sizeof frame) {
      s->frame = frame;
      ++s->frames;
    } else if (n < 0 && errno == ECONNRESET) {
      continue;
    } else {
      if (n == 0) s->over = true;
      return;
    }
  }
}

#define FOLLOW_UNTIL(s, condition) \
  do { \
    int64_t limit = now_ms() + PATIENCE_MS; \
    while (!(condition)) { \
      if (now_ms() > limit) fail_msg("waited in vain for %s", #condition); \
      follow((s), 5); \
    } \
  } while (0)

static inline size_t read_file(const session *s, const char *name, char *text, size_t n) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", s->folder, name);
  int fd = open(path, O_RDONLY);
  if (fd < 0) return 0;
  ssize_t got = read(fd, text, n - 1);
  close(fd);
  text[got > 0 ? got : 0] = '\0';
  return got > 0 ? (size_t)got : 0;
}

static inline bool file_exists(const session *s, const char *name) {
  char path[128];
  struct stat status;
  snprintf(path, sizeof path, "%s/%s", s->folder, name);
  return lstat(path, &status) == 0;
}

/* The transcript as text, up to 64 KiB; valid until the next call. */
static inline const char *transcript(const session *s) {
  static char text[65536];
  text[0] = '\0';
  read_file(s, "transcript", text, sizeof text);
  return text;
}

static inline bool shows(const session *s, const char *text) {
  return strstr(transcript(s), text) != NULL;
}

/* Wait for the end of the socket, then read the record. */
static inline const char *finish(session *s) {
  FOLLOW_UNTIL(s, s->over);
  s->record[0] = '\0';
  read_file(s, "exit", s->record, sizeof s->record);
  return s->record;
}

/* Wait for the record of a session whose socket we have closed. */
static inline const char *await_record(session *s) {
  WAIT_FOR(read_file(s, "exit", s->record, sizeof s->record) > 0);
  return s->record;
}

#define assert_has(text, part) \
  do { \
    const char *it = (text); \
    if (strstr(it, part) == NULL) fail_msg("'%s' is not in: %s", part, it); \
  } while (0)

static inline void say(session *s, char verb, const void *bytes, size_t n) {
  char message[ORCH_MESSAGE_MAX];
  message[0] = verb;
  if (n > 0) memcpy(message + 1, bytes, n);
  ssize_t sent = send(s->fd, message, n + 1, MSG_NOSIGNAL);
  assert_int_equal(sent, (ssize_t)n + 1);
}

static inline void type(session *s, const char *text) {
  say(s, ORCH_WRITE, text, strlen(text));
}

static inline void stop(session *s, uint32_t interrupt_ms, uint32_t terminate_ms) {
  uint32_t graces[2] = { interrupt_ms, terminate_ms };
  say(s, ORCH_STOP, graces, sizeof graces);
}

static inline void leave(session *s) {
  close(s->fd);
  s->fd = -1;
  s->over = true;
}

/* Connect to keeper.sock; the result is a session of the same folder. */
static inline session *visit(const session *s) {
  session *visitor = calloc(1, sizeof *visitor);
  assert_non_null(visitor);
  sessions[session_count++] = visitor;
  *visitor = *s;
  visitor->frames = 0;
  visitor->over = false;
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  snprintf(name.sun_path, sizeof name.sun_path, "%s/keeper.sock", s->folder);
  WAIT_FOR(file_exists(s, "keeper.sock"));
  visitor->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  assert_return_code(connect(visitor->fd, (struct sockaddr *)&name, sizeof name), errno);
  return visitor;
}

#define SHELL(text) \
  { "sh", "-c", text }
#define MUTE __attribute__((unused)) void **state

/* --- around each test
 * --------------------------------------------------------------------- */

static inline void remove_folder(const char *path) {
  DIR *folder = opendir(path);
  if (folder == NULL) return;
  for (struct dirent *e; (e = readdir(folder)) != NULL;)
    if (e->d_name[0] != '.' || e->d_name[1] == 'e') unlinkat(dirfd(folder), e->d_name, 0);
  closedir(folder);
  rmdir(path);
}

static inline int begin_test(void **state) {
  (void)state;
  start_forker();
  return 0;
}

/* End what a failed test left, then look that nothing is. */
static inline int end_test(void **state) {
  (void)state;
  char kill_it = ORCH_KILL;
  int wrong = 0;
  for (size_t i = 0; i < session_count; ++i)
    if (sessions[i]->fd >= 0) send(sessions[i]->fd, &kill_it, 1, MSG_NOSIGNAL);
  for (size_t i = 0; i < session_count; ++i)
    if (sessions[i]->fd >= 0) close(sessions[i]->fd);
  if (end_forker() != 0) wrong = 1;
  for (size_t i = 0; i < session_count; ++i) {
    pid_t pid;
    while (marked(sessions[i]->mark, &pid) > 0) {
      wrong = 1;
      kill(pid, SIGKILL);
    }
    remove_folder(sessions[i]->folder);
    free(sessions[i]);
  }
  session_count = 0;
  if (wrong) print_error("a process outlived its session, or the forker its engine\n");
  return wrong;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

#endif
