/* tree.c - every descendant of this process, whatever it did to hide.
 *
 * A subreaper becomes the parent of all orphans below it, so nothing leaves the tree by
 * double forking or by a session of its own.  The kernel lists children by the *thread*
 * that made them.  A list may miss one while others die: callers go round again.
 */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST = 8192 };
static pid_t list[MOST];

/* Append the pids in the file at *path* to the list of n; return its new length. */
static size_t read_children(const char *path, size_t n) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return n;
  char text[4096];
  pid_t pid = 0;
  for (ssize_t got; (got = read(fd, text, sizeof text)) > 0;)
    for (ssize_t i = 0; i < got; ++i) {
      if (text[i] >= '0' && text[i] <= '9') {
        pid = pid * 10 + (text[i] - '0');
      } else if (pid > 0) {
        if (n < MOST) list[n++] = pid;
        pid = 0;
      }
    }
  close(fd);
  return n;
}

static char *put_pid(char *at, const char *before, pid_t pid) {
  return orch_put_number(orch_put(at, before), (uint64_t)pid);
}

struct entry { /* of getdents64 */
  uint64_t inode;
  int64_t next;
  unsigned short length;
  unsigned char type;
  char name[];
};

/* Append the children of all threads of *pid*. */
static size_t read_threads(pid_t pid, size_t n) {
  char path[96];
  char *task = orch_put(put_pid(path, "/proc/", pid), "/task");
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return n;
  _Alignas(8) char entries[4096];
  for (long got; (got = syscall(SYS_getdents64, fd, entries, sizeof entries)) > 0;)
    for (long at = 0; at < got;) {
      const struct entry *e = (const void *)(entries + at);
      at += e->length;
      if (e->name[0] < '0' || e->name[0] > '9') continue;
      orch_put(put_pid(task, "/", (pid_t)atoi(e->name)), "/children");
      n = read_children(path, n);
    }
  close(fd);
  return n;
}

size_t orch_tree_children(const pid_t **children) {
  *children = list;
  return read_children("/proc/thread-self/children", 0);
}

/* Fill the list with the whole tree, parents before children. */
static size_t read_tree(void) {
  size_t n = read_children("/proc/thread-self/children", 0);
  for (size_t i = 0; i < n; ++i) n = read_threads(list[i], n);
  return n;
}

void orch_tree_signal(int first, int second) {
  size_t n = read_tree();
  for (size_t i = 0; i < n; ++i) {
    if (first) kill(list[i], first);
    if (second) kill(list[i], second);
  }
}

void orch_tree_kill(void) {
  size_t n = read_children("/proc/thread-self/children", 0);
  for (size_t i = 0; i < n; ++i) kill(list[i], SIGKILL);
}

static bool is_alive(pid_t pid) {
  char path[64], text[512];
  orch_put(put_pid(path, "/proc/", pid), "/stat");
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t n = read(fd, text, sizeof text);
  close(fd);
  while (n > 0 && text[n - 1] != ')') --n; /* a name may hold anything but comes first */
  return n > 0 && text[n + 1] != 'Z' && text[n + 1] != 'X';
}

size_t orch_tree_count(void) {
  size_t n = read_tree(), alive = 0;
  for (size_t i = 0; i < n; ++i) alive += is_alive(list[i]);
  return alive;
}
