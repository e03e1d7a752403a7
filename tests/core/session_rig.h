/* session_rig.h - sessions for tests: started, awaited, looked at. */
#ifndef ORCH_SESSION_RIG_H
#define ORCH_SESSION_RIG_H

#include "engine_test.h"

static const char *const environment[] = { "PATH=/usr/bin:/bin" };

/* A session that runs a shell command in its own folder NAME; the fields are free to be
 * changed before it starts. */
static inline orch_spec shell(fixture *f, const char *name, const char **argv,
                       const char *command) {
  static char folder[300];
  snprintf(folder, sizeof folder, "%s/%s", f->folder, name);
  orch_folder_make(folder, 0700, false);
  argv[0] = "/bin/sh";
  argv[1] = "-c";
  argv[2] = command;
  return (orch_spec){ .folder = folder, .workdir = "/", .stdin_path = "/dev/null",
                      .argv = argv, .argc = 3, .env = environment, .envc = 1, .tty = true,
                      .rows = 24, .cols = 80, .interrupt_ms = 200, .terminate_ms = 200 };
}

static inline int64_t start(fixture *f, const char *name, const char *command) {
  const char *argv[3];
  orch_spec spec = shell(f, name, argv, command);
  int64_t handle;
  assert_int_equal(orch_session_start(f->loop, &spec, &handle), 0);
  return handle;
}

static inline orch_status status_of(fixture *f, int64_t handle) {
  orch_status status;
  assert_int_equal(orch_session_status(f->loop, handle, &status), 0);
  return status;
}

/* Poll until the session has reached a state, at most 10 s. */
static inline orch_status await(fixture *f, int64_t handle, orch_state state) {
  double until = orch_now() + 10000;
  orch_status status = status_of(f, handle);
  while (status.state < state && orch_now() < until) {
    orch_loop_poll(f->loop, 1000);
    while (orch_loop_next(f->loop) != ORCH_NOTHING) {}
    status = status_of(f, handle);
  }
  assert_true(status.state >= state);
  return status;
}

/* Poll until the transcript holds n bytes, at most 10 s. */
static inline void await_bytes(fixture *f, int64_t handle, uint64_t n) {
  double until = orch_now() + 10000;
  while (status_of(f, handle).bytes < n && orch_now() < until) {
    orch_loop_poll(f->loop, 1000);
    while (orch_loop_next(f->loop) != ORCH_NOTHING) {}
  }
  assert_true(status_of(f, handle).bytes >= n);
}

static inline void assert_record(orch_status status, const char *part) {
  assert_int_equal(status.state, ORCH_STATE_ENDED);
  assert_non_null(status.record);
  assert_non_null(strstr(status.record, part));
}

static inline void assert_output(fixture *f, int64_t handle, const char *expected) {
  char text[256];
  ssize_t n = orch_session_take(f->loop, handle, 0, text, sizeof text);
  assert_int_equal(n, strlen(expected));
  assert_memory_equal(text, expected, strlen(expected));
}

#endif
