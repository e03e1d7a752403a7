/* places.c - where keeper, patterns and templates are, seen from the program itself.
 *
 * In a build folder the file orch-lua.tree names the source tree; an installed program
 * finds its parts relative to bin/.  Never from the environment.
 */
#define _GNU_SOURCE
#include "orch.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* The file that holds this code: the program, or core.so in a stock Lua.  In the program
 * dladdr only knows argv[0], in the module /proc/self/exe is the interpreter. */
static int find_self(char out[ORCH_PATH_MAX], bool *program) {
  Dl_info mine, entry;
  void *self;
  int (*function)(orch_places *) = orch_places_find;
  memcpy(&self, &function, sizeof self); /* C has no cast from function to object */
  if (!dladdr(self, &mine)) return -ENOENT;
  void *start = (void *)getauxval(AT_ENTRY); /* the kernel gives it as a number */
  *program = dladdr(start, &entry) && mine.dli_fbase == entry.dli_fbase;
  if (*program) {
    ssize_t n = readlink("/proc/self/exe", out, ORCH_PATH_MAX - 1);
    if (n < 0) return -errno;
    out[n] = 0;
    return 0;
  }
  char *real = realpath(mine.dli_fname, NULL); /* dli_fname is as cpath gave it */
  if (real == NULL) return -errno;
  snprintf(out, ORCH_PATH_MAX, "%s", real);
  free(real);
  return 0;
}

/* Cut the last n names off path. */
static void cut(char *path, int n) {
  while (n-- > 0) {
    char *slash = strrchr(path, '/');
    if (slash != NULL) *slash = 0;
  }
}

/* Join two parts, without links and dots if there is such a file.  What does not fit
 * leaves out empty, so that nothing wrong is found. */
static void join(char out[ORCH_PATH_MAX], const char *folder, const char *name) {
  int n = snprintf(out, ORCH_PATH_MAX, "%s/%s", folder, name);
  if (n < 0 || n >= ORCH_PATH_MAX) out[0] = 0;
  char *real = realpath(out, NULL);
  if (real != NULL) snprintf(out, ORCH_PATH_MAX, "%s", real);
  free(real);
}

static void read_line(const char *path, char out[ORCH_PATH_MAX]) {
  out[0] = 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  ssize_t n = read(fd, out, ORCH_PATH_MAX - 1);
  close(fd);
  out[n > 0 ? n : 0] = 0;
  out[strcspn(out, "\n")] = 0;
}

int orch_places_find(orch_places *p) {
  char self[ORCH_PATH_MAX], marker[ORCH_PATH_MAX];
  bool program;
  int err = find_self(self, &program);
  if (err < 0) return err;
  memset(p, 0, sizeof *p);
  if (program) snprintf(p->program, sizeof p->program, "%s", self);
  cut(self, program ? 1 : 3); /* build/orch-lua, build/lua/orch/core.so */
  join(marker, self, "orch-lua.tree");
  read_line(marker, p->tree);
  if (p->tree[0] != 0) {
    join(p->keeper, self, "orch-keeper");
    snprintf(p->share, sizeof p->share, "%s", p->tree);
    return 0;
  }
  join(p->keeper, self, ORCH_REL_LIBEXEC "/orch-keeper");
  join(p->share, self, ORCH_REL_SHARE);
  return 0;
}
