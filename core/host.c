/* host.c - facts about the machine: who, where, when, how much memory. */
#define _GNU_SOURCE
#include "orch.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

extern char **environ;

char **orch_environment(void) { return environ; }

const char *orch_version(void) { return ORCH_VERSION; }

static double read_clock(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double orch_now(void) { return read_clock(CLOCK_MONOTONIC) * 1000; }
double orch_time(void) { return read_clock(CLOCK_REALTIME); }

int orch_random(void *buffer, size_t n) {
  char *at = buffer;
  while (n > 0) {
    ssize_t got = getrandom(at, n, 0);
    if (got < 0 && errno != EINTR) return -errno;
    if (got > 0) at += got, n -= (size_t)got;
  }
  return 0;
}

/* --- host ------------------------------------------------------------------------- */

/* Read the start of a small file of /proc or /sys; "" when it is not there. */
static void read_text(const char *path, char *out, size_t size) {
  out[0] = 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  ssize_t n = read(fd, out, size - 1);
  close(fd);
  out[n > 0 ? n : 0] = 0;
}

static int count_cpus(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  long n = sysconf(_SC_NPROCESSORS_ONLN); /* more processors than the set holds */
  return n > 0 ? (int)n : 1;
}

static void find_user(orch_machine *out) {
  struct passwd entry, *found = NULL;
  char space[4096];
  getpwuid_r(getuid(), &entry, space, sizeof space, &found);
  const char *home = getenv("HOME");
  if (home == NULL || home[0] != '/') home = found != NULL ? found->pw_dir : "/";
  snprintf(out->home, sizeof out->home, "%s", home);
  if (found != NULL) snprintf(out->user, sizeof out->user, "%s", found->pw_name);
  else snprintf(out->user, sizeof out->user, "%u", (unsigned)getuid());
}

int orch_host(orch_machine *out) {
  memset(out, 0, sizeof *out);
  if (getcwd(out->folder, sizeof out->folder) == NULL) return -errno;
  if (gethostname(out->name, sizeof out->name - 1) < 0) return -errno;
  find_user(out);
  const char *temporary = getenv("TMPDIR");
  if (temporary == NULL || temporary[0] != '/') temporary = "/tmp";
  snprintf(out->temporary, sizeof out->temporary, "%s", temporary);
  read_text("/proc/sys/kernel/random/boot_id", out->boot, sizeof out->boot);
  out->boot[strcspn(out->boot, "\n")] = 0;
  out->cpus = count_cpus();
  return 0;
}

int orch_change_folder(const char *path) { return chdir(path) < 0 ? -errno : 0; }

/* --- memory ----------------------------------------------------------------------- */

static uint64_t find_kib(const char *text, const char *name) {
  const char *at = strstr(text, name);
  return at != NULL ? strtoull(at + strlen(name), NULL, 10) * 1024 : 0;
}

/* A control group may allow less than the machine has. */
static void apply_limit(orch_memory_info *out, const char *folder, const char *limit_name,
                        const char *used_name) {
  char path[ORCH_PATH_MAX], limit_text[64], used_text[64];
  snprintf(path, sizeof path, "%s/%s", folder, limit_name);
  read_text(path, limit_text, sizeof limit_text);
  snprintf(path, sizeof path, "%s/%s", folder, used_name);
  read_text(path, used_text, sizeof used_text);
  uint64_t limit = strtoull(limit_text, NULL, 10), used = strtoull(used_text, NULL, 10);
  if (limit == 0 || limit >= out->total) return; /* none, or "max" */
  out->total = limit;
  uint64_t left = used < limit ? limit - used : 0;
  if (left < out->available) out->available = left;
}

int orch_memory(orch_memory_info *out) {
  char text[4096], group[ORCH_PATH_MAX + 32] = "/sys/fs/cgroup";
  read_text("/proc/meminfo", text, sizeof text);
  orch_memory_info info = { find_kib(text, "MemTotal:"),
                            find_kib(text, "MemAvailable:") };
  if (info.total == 0) return UV_ENOENT;
  read_text("/proc/self/cgroup", text, sizeof text);
  char *own = strstr(text, "0::/"); /* version 2 */
  if (own != NULL) {
    own[strcspn(own, "\n")] = 0;
    snprintf(group, sizeof group, "/sys/fs/cgroup%s", own + 3);
  }
  apply_limit(&info, group, "memory.max", "memory.current");
  apply_limit(&info, "/sys/fs/cgroup/memory", "memory.limit_in_bytes",
              "memory.usage_in_bytes");
  *out = info;
  return 0;
}
