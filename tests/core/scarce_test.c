/* scarce_test.c - sessions of an engine that has hardly any descriptors. */
#include "session_rig.h"

#include <sys/resource.h>

static struct rlimit usual;

static void limit_files(rlim_t most) {
  struct rlimit limit = { .rlim_cur = most, .rlim_max = usual.rlim_max };
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static int remember_limit(void **state) {
  getrlimit(RLIMIT_NOFILE, &usual);
  return warm_up(state);
}

static void what_was_read_holds_no_descriptor(void **state) {
  fixture *f = *state;
  await(f, start(f, "first", "true"), ORCH_STATE_ENDED); /* the forker's socket stays */
  int before = count_descriptors();
  for (int i = 0; i < 20; i++) {
    char name[16];
    snprintf(name, sizeof name, "s%d", i);
    int64_t s = start(f, name, "echo hello");
    await(f, s, ORCH_STATE_ENDED);
    assert_output(f, s, "hello\n");
  }

  assert_int_equal(count_descriptors(), before);
}

static void sessions_leave_descriptors_to_files(void **state) {
  fixture *f = *state;
  int64_t s[64];
  int n = 0, err = 0;
  limit_files(64);
  while (n < 64 && err == 0) {
    char name[16];
    const char *argv[3];
    snprintf(name, sizeof name, "s%d", n);
    orch_spec spec = shell(f, name, argv, "echo hello; exec sleep 60");
    err = orch_session_start(f->loop, &spec, &s[n]);
    n += err == 0;
  }

  assert_int_equal(err, UV_EMFILE);
  assert_true(n > 8);
  for (int i = 0; i < n; i++) await_bytes(f, s[i], 6);
  for (int i = 0; i < n; i++) assert_output(f, s[i], "hello\n");
  int null[8];
  for (int i = 0; i < 8; i++)
    assert_true((null[i] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0);
  for (int i = 0; i < 8; i++) close(null[i]);
  limit_files(usual.rlim_cur);
}

static void who_cannot_look_calls_nobody_lost(void **state) {
  fixture *f = *state;
  int64_t s = start(f, "s", "echo hello; sleep 0.1; exit 3");
  await_bytes(f, s, 6);

  limit_files(3);
  double until = orch_now() + 400;
  while (orch_now() < until) orch_loop_poll(f->loop, 50);
  orch_status status = status_of(f, s);
  limit_files(usual.rlim_cur);

  assert_true(status.state < ORCH_STATE_ENDED);
  assert_record(await(f, s, ORCH_STATE_ENDED), "\"code\":3");
}

int main(void) {
  const struct CMUnitTest tests[] = {
    CASE(what_was_read_holds_no_descriptor),
    CASE(sessions_leave_descriptors_to_files),
    CASE(who_cannot_look_calls_nobody_lost),
  };
  return cmocka_run_group_tests(tests, remember_limit, NULL);
}
