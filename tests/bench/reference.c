/* reference.c - the kernel's limit: what sessions cost when nothing is promised.
 *
 * One process, vfork, a PTY without echo and output post-processing, a pidfd, epoll.  No
 * keeper, no lock, no record, no deadline; a grandchild would escape, and when the
 * process is killed its sessions' output is gone.  Prints a line of JSON.
 *
 * The child shares our descriptors until it has closed them: to copy thousands of them
 * for each child would cost more than all the rest.
 *
 *   reference jobs COUNT CHILD                 trivial captured jobs, 64 at once
 *   reference live COUNT CHILD ALIVE           the same beside sessions that only live
 *   reference capture COUNT CHILD SIZE FOLDER  all at once, SIZE bytes each, into files
 *   reference echo COUNT CHILD                 a byte there and back on a raw terminal
 *   reference wall COUNT PROGRAM WORD...       from the start of a program to its end
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum {
  SLAVE = 3, /* the one descriptor that a child takes along */
  AT_ONCE = 64,
  BUFFER = 65536,
  EVENTS = 256,
  WARM_UP = 200,
  STACK = 16384 /* for what a child does before it execs */
};

typedef struct {
  int master, pidfd, file; /* file: -1 when the output is kept in memory */
  pid_t pid;
  bool exited, closed;
  char *data;
  size_t size, capacity;
} session;

static int epoll, nowhere;
static char buffer[BUFFER];

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "reference: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int check(int result, const char *what) {
  if (result < 0) fail(what);
  return result;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds_of(struct timeval t) {
  return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* The CPU of this process, without that of its children. */
static double cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

/* --- one session ------------------------------------------------------------------ */

/* Open a terminal; its slave gets the lowest descriptor that is free, which is SLAVE. */
static int open_terminal(void) {
  int locked = 0;
  struct termios modes;
  int flags = O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK;
  int master = check(open("/dev/ptmx", flags), "pty");
  check(ioctl(master, TIOCSPTLCK, &locked), "unlock");
  close(SLAVE);
  if (check(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY), "slave") != SLAVE)
    fail("the slave's descriptor");
  check(tcgetattr(master, &modes), "modes");
  modes.c_lflag &= ~(tcflag_t)ECHO;
  modes.c_oflag &= ~(tcflag_t)OPOST;
  check(tcsetattr(master, TCSANOW, &modes), "modes");
  return master;
}

static int become_child(void *argument) {
  char *const *argv = argument;
  setsid();
  close_range(SLAVE + 1, ~0U, CLOSE_RANGE_UNSHARE);
  for (int fd = 0; fd < SLAVE; fd++) dup2(SLAVE, fd);
  ioctl(SLAVE, TIOCSCTTY, 0);
  close(SLAVE);
  execv(argv[0], argv);
  _exit(127);
}

/* Start a program on what SLAVE is, and close that here. */
static pid_t spawn(char *const argv[], int *pidfd) {
  static _Alignas(16) char stack[STACK];
  int flags = CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_PIDFD | SIGCHLD;
  pid_t pid = clone(become_child, stack + STACK, flags, (void *)argv, pidfd);
  check(dup3(nowhere, SLAVE, O_CLOEXEC), "placeholder");
  return check(pid, "clone");
}

static void watch(int fd, uintptr_t tag) {
  struct epoll_event event = { .events = EPOLLIN, .data.u64 = tag };
  check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll");
}

static void begin(session *s, char *const argv[], int file) {
  s->master = open_terminal();
  s->pid = spawn(argv, &s->pidfd);
  s->file = file;
  s->exited = s->closed = false;
  s->size = 0;
  watch(s->master, (uintptr_t)s);
  watch(s->pidfd, (uintptr_t)s | 1);
}

static void keep(session *s, size_t n) {
  s->size += n;
  if (s->file >= 0) {
    if (write(s->file, buffer, n) != (ssize_t)n) fail("write");
    return;
  }
  if (s->size > s->capacity) {
    s->capacity = 2 * s->size;
    s->data = realloc(s->data, s->capacity);
    if (s->data == NULL) fail("memory");
  }
  memcpy(s->data + s->size - n, buffer, n);
}

/* A child that is about to exec may still hold what we close, so epoll is told. */
static void forget(int fd) {
  epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
  close(fd);
}

/* A read returns one page at most: gather some before they are written. */
static void drain(session *s) {
  size_t n = 0;
  ssize_t got = 0;
  while (n < BUFFER && (got = read(s->master, buffer + n, BUFFER - n)) > 0)
    n += (size_t)got;
  if (n > 0) keep(s, n);
  if (got > 0 || (got < 0 && errno == EAGAIN)) return;
  forget(s->master);
  s->closed = true;
}

static void reap(session *s) {
  int status;
  if (waitpid(s->pid, &status, 0) < 0 || status != 0) fail("a child failed");
  forget(s->pidfd);
  s->exited = true;
}

/* Wait once, and take what happened.  Return how many sessions have ended. */
static int turn(session *ended[]) {
  struct epoll_event events[EVENTS];
  int n = epoll_wait(epoll, events, EVENTS, -1), count = 0;
  for (int i = 0; i < n; i++) {
    uintptr_t tag = (uintptr_t)events[i].data.u64;
    session *s = (session *)(tag & ~(uintptr_t)1);
    if (tag & 1) reap(s);
    else drain(s);
    if (s->exited && s->closed) ended[count++] = s;
  }
  return count;
}

/* --- measures --------------------------------------------------------------------- */

typedef struct {
  char **argv;
  int count, at_once;
  const char *folder; /* for the files, or NULL */
} work;

static int open_file(const work *w, int number) {
  char path[4096];
  if (w->folder == NULL) return -1;
  snprintf(path, sizeof path, "%s/%d", w->folder, number);
  return check(open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600), path);
}

/* Perform all jobs.  Return the bytes that were captured. */
static size_t perform(const work *w) {
  session *all = calloc((size_t)w->at_once, sizeof *all), *ended[EVENTS];
  if (all == NULL) fail("memory");
  int started = 0, done = 0;
  size_t bytes = 0;
  for (; started < w->at_once && started < w->count; started++)
    begin(&all[started], w->argv, open_file(w, started));
  while (done < w->count) {
    int n = turn(ended);
    for (int i = 0; i < n; i++, done++) {
      bytes += ended[i]->size;
      if (ended[i]->file >= 0) close(ended[i]->file);
      if (started < w->count) begin(ended[i], w->argv, open_file(w, started++));
    }
  }
  for (int i = 0; i < w->at_once; i++) free(all[i].data);
  free(all);
  return bytes;
}

static void measure(const work *w) {
  double start = now(), used = cpu();
  size_t bytes = perform(w);
  double seconds = now() - start;
  printf("{\"seconds\":%.6f,\"rate\":%.1f,\"cpu_us\":%.1f,\"bytes\":%zu,"
         "\"mib_s\":%.2f}\n",
         seconds, w->count / seconds, (cpu() - used) * 1e6 / w->count, bytes,
         (double)bytes / seconds / 1048576);
}

static void measure_jobs(char *child, int count) {
  char *argv[] = { child, "hi", NULL };
  perform(&(work){ .argv = argv, .count = AT_ONCE, .at_once = AT_ONCE }); /* warm up */
  measure(&(work){ .argv = argv, .count = count, .at_once = AT_ONCE });
}

static session *begin_living(char *child, int count) {
  char *argv[] = { child, "pause", NULL };
  session *all = calloc((size_t)count + 1, sizeof *all), *ended[EVENTS];
  if (all == NULL) fail("memory");
  for (int i = 0; i < count; i++) begin(&all[i], argv, -1);
  for (int i = 0; i < count; i++) /* each has said that it is there */
    while (all[i].size == 0) turn(ended);
  return all;
}

static void end_living(session *all, int count) {
  for (int i = 0; i < count; i++) kill(all[i].pid, SIGKILL);
  for (int i = 0; i < count; i++) waitpid(all[i].pid, NULL, 0);
  free(all);
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void print_times(double *times, int count) {
  qsort(times, (size_t)count, sizeof *times, compare);
  printf("{\"p50_us\":%.1f,\"p99_us\":%.1f,\"min_us\":%.1f}\n", times[count / 2] * 1e6,
         times[count - 1 - count / 100] * 1e6, times[0] * 1e6);
}

static void measure_echo(char *child, int count) {
  char *argv[] = { child, "echo", NULL };
  session s = { 0 }, *ended[EVENTS];
  double *times = calloc((size_t)count, sizeof *times);
  if (times == NULL) fail("memory");
  begin(&s, argv, -1);
  while (s.size < strlen("ready\n")) turn(ended);
  for (int i = -WARM_UP; i < count; i++) {
    size_t before = s.size;
    double start = now();
    if (write(s.master, "x", 1) != 1) fail("write");
    while (s.size == before) turn(ended);
    if (i >= 0) times[i] = now() - start;
  }
  kill(s.pid, SIGKILL);
  waitpid(s.pid, NULL, 0);
  print_times(times, count);
}

static void measure_wall(char **argv, int count) {
  int status, pidfd;
  double *times = calloc((size_t)count, sizeof *times);
  if (times == NULL) fail("memory");
  for (int i = 0; i < count; i++) {
    double start = now();
    pid_t pid = spawn(argv, &pidfd);
    if (waitpid(pid, &status, 0) < 0 || status != 0) fail(argv[0]);
    times[i] = now() - start;
    close(pidfd);
  }
  print_times(times, count);
}

/* Keep SLAVE taken while no terminal is being opened. */
static void take_places(void) {
  nowhere = check(open("/dev/null", O_RDWR | O_CLOEXEC), "/dev/null");
  if (nowhere == SLAVE) nowhere = fcntl(nowhere, F_DUPFD_CLOEXEC, SLAVE + 1);
  check(dup3(nowhere, SLAVE, O_CLOEXEC), "placeholder");
  epoll = check(epoll_create1(EPOLL_CLOEXEC), "epoll");
}

static void allow_files(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  const char *mode = argv[1];
  int count = atoi(argv[2]);
  char *child = argv[3];
  allow_files();
  take_places();
  if (strcmp(mode, "jobs") == 0) {
    measure_jobs(child, count);
  } else if (strcmp(mode, "live") == 0 && argc == 5) {
    session *living = begin_living(child, atoi(argv[4]));
    measure_jobs(child, count);
    end_living(living, atoi(argv[4]));
  } else if (strcmp(mode, "capture") == 0 && argc == 6) {
    char *bytes[] = { child, "bytes", argv[4], NULL };
    measure(&(work){
        .argv = bytes, .count = count, .at_once = count, .folder = argv[5] });
  } else if (strcmp(mode, "echo") == 0) {
    measure_echo(child, count);
  } else if (strcmp(mode, "wall") == 0) {
    measure_wall(argv + 3, count);
  } else {
    return 2;
  }
  return 0;
}
