/* engine_test.h - what the engine's tests share: a loop and a folder for each. */
#ifndef ORCH_ENGINE_TEST_H
#define ORCH_ENGINE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "orch.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

typedef struct {
  orch_loop *loop;
  char folder[64];
  int descriptors; /* open before the test */
} fixture;

static int count_descriptors(void) {
  DIR *open_files = opendir("/proc/self/fd");
  int n = 0;
  while (readdir(open_files) != NULL) n++;
  closedir(open_files);
  return n;
}

static int set_up(void **state) {
  fixture *f = calloc(1, sizeof *f);
  f->descriptors = count_descriptors();
  strcpy(f->folder, "/tmp/orch-test-XXXXXX");
  const char *keeper = getenv("ORCH_KEEPER");
  if (mkdtemp(f->folder) == NULL) return -1;
  *state = f;
  return orch_loop_new(&f->loop, keeper != NULL ? keeper : "/nonexistent/orch-keeper");
}

/* libuv keeps a pipe for signals once it had a loop: not a leak of the first test. */
static int warm_up(void **state) {
  (void)state;
  orch_loop *loop;
  int err = orch_loop_new(&loop, "");
  if (err == 0) orch_loop_free(loop);
  return err;
}

/* Also fails a test that left a descriptor open. */
static int tear_down(void **state) {
  fixture *f = *state;
  orch_loop_free(f->loop);
  int leaked = count_descriptors() - f->descriptors;
  int err = orch_remove(f->folder, true);
  free(f);
  if (leaked != 0) fprintf(stderr, "the test left %d descriptors open\n", leaked);
  return leaked != 0 || err < 0 ? -1 : 0;
}

/* A path in the test's folder; the last four stay valid. */
static inline const char *in(const fixture *f, const char *name) {
  static char paths[4][300];
  static unsigned next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", f->folder, name);
  return path;
}

static inline void put(const char *path, const char *text) {
  orch_write_options options = { .mode = 0600, .atomic = true };
  assert_int_equal(orch_file_write(path, text, strlen(text), &options), 0);
}

static inline void assert_holds(const char *path, const char *text) {
  orch_bytes bytes = { 0 };
  assert_int_equal(orch_file_read(path, 0, 1 << 20, &bytes), 0);
  assert_int_equal(bytes.size, strlen(text));
  assert_memory_equal(bytes.data, text, bytes.size);
  orch_bytes_free(&bytes);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
