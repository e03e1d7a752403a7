/* loop_test.c - the loop: waiting, sources, signals, the watchdog, watches. */
#include "engine_test.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>

static void an_empty_poll_waits_for_its_time(void **state) {
  fixture *f = *state;
  double before = orch_now();

  assert_int_equal(orch_loop_poll(f->loop, 20), 0);

  assert_true(orch_now() - before >= 19);
  assert_int_equal(orch_loop_next(f->loop), ORCH_NOTHING);
}

static void a_poll_of_no_time_does_not_wait(void **state) {
  fixture *f = *state;
  double before = orch_now();

  for (int i = 0; i < 100; i++) orch_loop_poll(f->loop, 0);

  assert_true(orch_now() - before < 1000);
}

static void a_caught_signal_is_a_source_once(void **state) {
  fixture *f = *state;
  orch_signals_catch(f->loop);

  kill(getpid(), SIGHUP);
  kill(getpid(), SIGTERM);
  for (int i = 0; i < 2 && !orch_loop_is_ready(f->loop, ORCH_TERM); i++)
    orch_loop_poll(f->loop, 1000);

  assert_true(orch_loop_is_ready(f->loop, ORCH_HUP));
  int64_t first = orch_loop_next(f->loop), second = orch_loop_next(f->loop);
  assert_true((first == ORCH_HUP && second == ORCH_TERM) ||
              (first == ORCH_TERM && second == ORCH_HUP));
  assert_int_equal(orch_loop_next(f->loop), ORCH_NOTHING);
}

static void handles_are_never_used_twice(void **state) {
  fixture *f = *state;
  int64_t first, second;
  assert_int_equal(orch_lock(f->loop, in(f, "lock"), &first), 0);
  assert_int_equal(orch_release(f->loop, first), 0);

  assert_int_equal(orch_lock(f->loop, in(f, "lock"), &second), 0);

  assert_true(second > first);
  assert_int_equal(orch_release(f->loop, first), UV_EBADF);
  assert_int_equal(orch_release(f->loop, second), 0);
}

static void the_limit_of_open_files_is_raised_and_remembered(void **state) {
  fixture *f = *state;
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = 100;
  setrlimit(RLIMIT_NOFILE, &limit);
  orch_loop *loop;

  assert_int_equal(orch_loop_new(&loop, ""), 0);

  assert_int_equal(orch_loop_open_files(loop), 100);
  getrlimit(RLIMIT_NOFILE, &limit);
  assert_int_equal(limit.rlim_cur, limit.rlim_max);
  orch_loop_free(loop);
  (void)f;
}

static volatile sig_atomic_t ticks;
static void count_tick(void) { ticks++; }

static void the_watchdog_ticks_only_while_armed(void **state) {
  (void)state;
  ticks = 0;
  orch_watchdog_arm(count_tick);
  double before = orch_now();
  while (ticks == 0 && orch_now() - before < 5000) {}
  int armed = ticks;
  orch_watchdog_disarm();
  before = orch_now();
  while (orch_now() - before < 2.5 * ORCH_TICK_MS) {}

  assert_int_equal(armed, 1);
  assert_int_equal(ticks, 1);
}

/* A loop that is freed may be followed by the unloading of this code, in less time than
 * it takes to the next tick. */
static void the_watchdog_is_gone_with_the_loop(void **state) {
  (void)state;
  orch_loop *loop;
  struct itimerval timer;
  struct sigaction action;
  assert_int_equal(orch_loop_new(&loop, ""), 0);
  orch_watchdog_arm(count_tick);
  orch_watchdog_disarm();

  orch_loop_free(loop);

  getitimer(ITIMER_REAL, &timer);
  sigaction(SIGALRM, NULL, &action);
  assert_int_equal(timer.it_value.tv_usec, 0);
  assert_ptr_equal(action.sa_handler, SIG_IGN);
}

static void expect_ready(fixture *f, int64_t source) {
  orch_loop_poll(f->loop, 2000);
  assert_int_equal(orch_loop_next(f->loop), source);
  while (orch_loop_poll(f->loop, 0) == 0 && orch_loop_next(f->loop) != ORCH_NOTHING) {}
}

static void a_watch_tells_that_a_file_appears_changes_and_goes(void **state) {
  fixture *f = *state;
  int64_t watch;
  uint64_t size;
  assert_int_equal(orch_watch(f->loop, in(f, "news"), &watch), 0);

  put(in(f, "news"), "a");
  expect_ready(f, watch);
  orch_file_append(in(f, "news"), "b", 1, &(orch_write_options){ .mode = 0600 }, &size);
  expect_ready(f, watch);
  orch_remove(in(f, "news"), false);
  expect_ready(f, watch);

  put(in(f, "other"), "a");
  orch_loop_poll(f->loop, 20);
  assert_int_equal(orch_loop_next(f->loop), ORCH_NOTHING);
}

static void a_watch_of_a_folder_that_appears_tells_what_comes_into_it(void **state) {
  fixture *f = *state;
  int64_t watch;
  assert_int_equal(orch_watch(f->loop, in(f, "box/"), &watch), 0);
  orch_folder_make(in(f, "box"), 0700, false);
  expect_ready(f, watch);

  put(in(f, "box/letter"), "hello");

  expect_ready(f, watch);
}

static void two_watches_of_one_folder_are_ended_one_by_one(void **state) {
  fixture *f = *state;
  int64_t one, two;
  orch_watch(f->loop, in(f, "one"), &one);
  orch_watch(f->loop, in(f, "two"), &two);

  assert_int_equal(orch_release(f->loop, one), 0);
  put(in(f, "one"), "x");
  put(in(f, "two"), "x");

  expect_ready(f, two);
}

static void a_watch_needs_the_folder_that_holds_it(void **state) {
  fixture *f = *state;
  int64_t watch;

  assert_int_equal(orch_watch(f->loop, in(f, "no/such"), &watch), UV_ENOENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    CASE(an_empty_poll_waits_for_its_time),
    CASE(a_poll_of_no_time_does_not_wait),
    CASE(a_caught_signal_is_a_source_once),
    CASE(handles_are_never_used_twice),
    CASE(the_limit_of_open_files_is_raised_and_remembered),
    CASE(the_watchdog_ticks_only_while_armed),
    CASE(the_watchdog_is_gone_with_the_loop),
    CASE(a_watch_tells_that_a_file_appears_changes_and_goes),
    CASE(a_watch_of_a_folder_that_appears_tells_what_comes_into_it),
    CASE(two_watches_of_one_folder_are_ended_one_by_one),
    CASE(a_watch_needs_the_folder_that_holds_it),
  };
  return cmocka_run_group_tests(tests, warm_up, NULL);
}
