/* session_test.c - sessions as the engine follows them, beside real keepers. */
#include "session_rig.h"

#include "protocol.h"

#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

/* --- the whole way ---------------------------------------------------------------- */

static void a_session_starts_prints_and_ends_with_its_record(void **state) {
  fixture *f = *state;

  int64_t s = start(f, "s", "echo hello; exit 3");
  assert_int_equal(status_of(f, s).state, ORCH_STATE_STARTING);
  assert_true(status_of(f, s).owner);
  orch_status status = await(f, s, ORCH_STATE_ENDED);

  assert_int_equal(status.state, ORCH_STATE_ENDED);
  assert_int_equal(status.bytes, 6);
  assert_record(status, "\"code\":3");
  assert_record(status, "\"ended_by\":\"self\"");
  assert_output(f, s, "hello\n");
  assert_int_equal(orch_session_interrupt(f->loop, s), UV_ESRCH);
  uint32_t ticket;
  assert_int_equal(orch_session_give(f->loop, s, "x", 1, &ticket), UV_EPIPE);
}

static void a_program_that_is_not_there_ends_by_start(void **state) {
  fixture *f = *state;
  const char *argv[3];
  orch_spec spec = shell(f, "s", argv, "");
  argv[0] = "/no/such/program";
  int64_t s;
  assert_int_equal(orch_session_start(f->loop, &spec, &s), 0);

  orch_status status = await(f, s, ORCH_STATE_ENDED);

  assert_int_equal(status.state, ORCH_STATE_ENDED);
  assert_record(status, "\"ended_by\":\"start\"");
  assert_record(status, "ENOENT");
}

static void a_missing_keeper_is_told_at_once(void **state) {
  fixture *f = *state;
  orch_loop *loop;
  const char *argv[3];
  orch_spec spec = shell(f, "s", argv, "true");
  int64_t s;
  assert_int_equal(orch_loop_new(&loop, "/no/such/keeper"), 0);

  assert_int_equal(orch_session_start(loop, &spec, &s), UV_ENOENT);

  orch_loop_free(loop);
}

static void many_sessions_at_once_all_end(void **state) {
  fixture *f = *state;
  int64_t s[300];
  for (int i = 0; i < 300; i++) {
    char name[16];
    snprintf(name, sizeof name, "%d", i);
    s[i] = start(f, name, "echo x");
  }

  for (int i = 0; i < 300; i++) {
    orch_status status = await(f, s[i], ORCH_STATE_ENDED);
    assert_int_equal(status.state, ORCH_STATE_ENDED);
    assert_int_equal(status.bytes, 2);
    assert_int_equal(orch_release(f->loop, s[i]), 0);
  }
}

static void a_request_larger_than_a_message_arrives(void **state) {
  fixture *f = *state;
  const char *argv[4];
  orch_spec spec = shell(f, "s", argv, "echo ${#0}");
  char *big = malloc(120001);
  memset(big, 'x', 120000);
  big[120000] = 0;
  argv[3] = big;
  spec.argc = 4;
  int64_t s;
  assert_int_equal(orch_session_start(f->loop, &spec, &s), 0);
  free(big);

  await(f, s, ORCH_STATE_ENDED);

  assert_output(f, s, "120000\n");
}

/* The youngest child; older forkers, of loops that are gone, may not be reaped yet. */
static pid_t find_child(pid_t parent) {
  char path[64], children[1024] = "";
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
  orch_bytes text = { 0 };
  assert_int_equal(orch_file_read(path, 0, sizeof children - 1, &text), 0);
  memcpy(children, text.data, text.size);
  orch_bytes_free(&text);
  long child = 0;
  char *end, *at = children;
  for (long pid; (pid = strtol(at, &end, 10)) > 0; at = end) child = pid;
  assert_true(child > 0);
  return (pid_t)child;
}

static pid_t find_forker(void) { return find_child(getpid()); }

static void requests_wait_for_a_busy_forker(void **state) {
  fixture *f = *state;
  await(f, start(f, "before", "true"), ORCH_STATE_ENDED);
  pid_t forker = find_forker();
  int64_t s[100];
  char command[16000] = "exit #"; /* more in all than a socket holds */
  memset(command + 6, 'x', sizeof command - 7);
  kill(forker, SIGSTOP);

  for (int i = 0; i < 100; i++) {
    char name[16];
    snprintf(name, sizeof name, "%d", i);
    s[i] = start(f, name, command);
  }
  orch_loop_poll(f->loop, 20);
  kill(forker, SIGCONT);

  for (int i = 0; i < 100; i++)
    assert_record(await(f, s[i], ORCH_STATE_ENDED), "\"code\":0");
}

static void a_dead_forker_is_replaced(void **state) {
  fixture *f = *state;
  await(f, start(f, "before", "true"), ORCH_STATE_ENDED);
  pid_t forker = find_forker();
  kill(forker, SIGKILL);
  waitid(P_PID, (id_t)forker, NULL, WEXITED | WNOWAIT);

  int64_t s = start(f, "after", "echo again");

  assert_int_equal(await(f, s, ORCH_STATE_ENDED).state, ORCH_STATE_ENDED);
  assert_output(f, s, "again\n");
}

/* --- input and control ------------------------------------------------------------ */

static void what_is_given_is_typed_and_counted(void **state) {
  fixture *f = *state;
  const char *argv[3];
  orch_spec spec = shell(f, "s", argv, "echo ready; read a; read b; echo $b$a");
  spec.stdin_path = NULL;
  int64_t s;
  uint32_t one, two;
  assert_int_equal(orch_session_start(f->loop, &spec, &s), 0);

  assert_int_equal(orch_session_give(f->loop, s, "first\n", 6, &one), 0);
  assert_int_equal(orch_session_give(f->loop, s, "second\n", 7, &two), 0);
  assert_int_equal(one, 1);
  assert_int_equal(two, 2);
  assert_int_equal(status_of(f, s).queued, 13);
  await(f, s, ORCH_STATE_ENDED);

  assert_int_equal(status_of(f, s).queued, 0);
  assert_output(f, s, "ready\nsecondfirst\n");
}

static void input_is_bounded_and_an_interrupt_drops_it(void **state) {
  fixture *f = *state;
  const char *argv[3];
  orch_spec spec = shell(f, "s", argv, "stty raw; echo ready; exec sleep 60");
  spec.stdin_path = NULL;
  spec.interrupt_ms = 5000;
  int64_t s;
  uint32_t ticket;
  static char block[60000];
  memset(block, 'x', sizeof block);
  assert_int_equal(orch_session_start(f->loop, &spec, &s), 0);
  await_bytes(f, s, 6);

  int err = 0, given = 0;
  double until = orch_now() + 10000;
  while (err == 0 && orch_now() < until) {
    err = orch_session_give(f->loop, s, block, sizeof block, &ticket);
    given += err == 0;
  }
  assert_int_equal(err, UV_EAGAIN);
  assert_int_equal(given, ORCH_GIVE_QUEUE / sizeof block);
  assert_int_equal(orch_session_interrupt(f->loop, s), 0);
  orch_status status = await(f, s, ORCH_STATE_ENDED);

  assert_record(status, "SIGINT");
}

/* Otherwise tickets would name other writes from then on. */
static void what_an_interrupt_drops_still_counts(void **state) {
  fixture *f = *state;
  const char *argv[3];
  orch_spec spec =
      shell(f, "s", argv, "stty raw; trap : INT; echo ready; while :; do sleep 1; done");
  spec.stdin_path = NULL;
  int64_t s;
  uint32_t ticket;
  static char block[60000];
  memset(block, 'x', sizeof block);
  assert_int_equal(orch_session_start(f->loop, &spec, &s), 0);
  await_bytes(f, s, 6);
  pid_t keeper = find_child(find_forker());
  kill(keeper, SIGSTOP);
  for (int i = 0; i < 10; i++) /* more than the socket holds */
    assert_int_equal(orch_session_give(f->loop, s, block, sizeof block, &ticket), 0);

  assert_int_equal(orch_session_interrupt(f->loop, s), 0);
  assert_int_equal(orch_session_give(f->loop, s, "y", 1, &ticket), 0);
  kill(keeper, SIGCONT);
  double until = orch_now() + 5000;
  while (status_of(f, s).accepted < ticket && orch_now() < until)
    orch_loop_poll(f->loop, 100);

  assert_int_equal(ticket, 11);
  assert_int_equal(status_of(f, s).accepted, ticket);
  assert_true(status_of(f, s).queued <= 4 * sizeof block); /* what it had already */
}

static void stop_ends_a_session_and_says_so(void **state) {
  fixture *f = *state;
  int64_t s = start(f, "s", "trap '' INT TERM; echo ready; while :; do sleep 60; done");
  await_bytes(f, s, 6);

  assert_int_equal(orch_session_stop(f->loop, s, 10, 10), 0);
  orch_status status = await(f, s, ORCH_STATE_ENDED);

  assert_record(status, "\"ended_by\":\"stop\"");
  assert_record(status, "SIGKILL");
}

static void a_terminal_is_resized(void **state) {
  fixture *f = *state;
  const char *argv[3];
  orch_spec spec = shell(f, "s", argv,
                         "trap 'stty size <&1; exit' WINCH; stty size <&1;"
                         "while :; do sleep 0.05; done");
  spec.rows = 31;
  spec.cols = 101;
  int64_t s;
  assert_int_equal(orch_session_start(f->loop, &spec, &s), 0);
  await_bytes(f, s, 7);

  assert_int_equal(orch_session_resize(f->loop, s, 45, 132), 0);
  await(f, s, ORCH_STATE_ENDED);

  assert_output(f, s, "31 101\n45 132\n");
}

static void a_released_session_falls_under_its_lease(void **state) {
  fixture *f = *state;
  int64_t s = start(f, "s", "echo ready; sleep 60"), again;
  await_bytes(f, s, 6);

  assert_int_equal(orch_release(f->loop, s), 0); /* its lease is 0 */
  assert_int_equal(orch_session_attach(f->loop, in(f, "s"), false, &again), 0);

  assert_record(await(f, again, ORCH_STATE_ENDED), "\"ended_by\":\"engine\"");
}

/* --- attach ----------------------------------------------------------------------- */

static void a_living_session_is_owned_again(void **state) {
  fixture *f = *state;
  const char *argv[3];
  orch_spec spec = shell(f, "s", argv, "echo ready; read x; echo got $x; exit 7");
  spec.stdin_path = NULL;
  spec.lease_ms = 30000;
  int64_t first, again;
  uint32_t ticket;
  assert_int_equal(orch_session_start(f->loop, &spec, &first), 0);
  await_bytes(f, first, 6);
  orch_release(f->loop, first);

  assert_int_equal(orch_session_attach(f->loop, in(f, "s"), true, &again), 0);
  assert_int_equal(status_of(f, again).state, ORCH_STATE_RUNNING);
  assert_int_equal(status_of(f, again).bytes, 6);
  assert_int_equal(orch_session_give(f->loop, again, "it\n", 3, &ticket), 0);
  orch_status status = await(f, again, ORCH_STATE_ENDED);

  assert_record(status, "\"code\":7");
  assert_int_equal(status.accepted, ticket);
  assert_output(f, again, "ready\ngot it\n");
}

static void an_onlooker_sees_the_same_and_owns_nothing(void **state) {
  fixture *f = *state;
  int64_t owner = start(f, "s", "echo ready; sleep 0.3; exit 4"), onlooker;
  await_bytes(f, owner, 6);
  assert_int_equal(orch_session_attach(f->loop, in(f, "s"), false, &onlooker), 0);

  assert_record(await(f, onlooker, ORCH_STATE_ENDED), "\"code\":4");

  assert_false(status_of(f, onlooker).owner);
  await(f, owner, ORCH_STATE_ENDED);
}

static void a_finished_session_is_told_at_once(void **state) {
  fixture *f = *state;
  await(f, start(f, "s", "echo done"), ORCH_STATE_ENDED);
  int64_t again;

  assert_int_equal(orch_session_attach(f->loop, in(f, "s"), true, &again), 0);

  assert_int_equal(status_of(f, again).state, ORCH_STATE_ENDED);
  assert_int_equal(status_of(f, again).bytes, 5);
  assert_output(f, again, "done\n");
}

static void no_record_and_no_keeper_is_lost(void **state) {
  fixture *f = *state;
  int64_t s;
  orch_folder_make(in(f, "s"), 0700, false);
  put(in(f, "s/transcript"), "some output\n");

  assert_int_equal(orch_session_attach(f->loop, in(f, "s"), true, &s), 0);

  assert_int_equal(status_of(f, s).state, ORCH_STATE_LOST);
  assert_output(f, s, "some output\n");
  assert_int_equal(orch_session_attach(f->loop, in(f, "none"), true, &s), UV_ENOENT);
}

/* A keeper that is just ending: a held lock, no socket any more, no record yet. */
static void a_held_lock_is_waited_for(void **state) {
  fixture *f = *state;
  int64_t s;
  orch_folder_make(in(f, "s"), 0700, false);
  put(in(f, "s/transcript"), "x");
  int keeper = open(in(f, "s/transcript"), O_RDONLY | O_CLOEXEC);
  assert_int_equal(flock(keeper, LOCK_EX), 0);

  assert_int_equal(orch_session_attach(f->loop, in(f, "s"), true, &s), 0);
  orch_loop_poll(f->loop, 60);
  assert_int_equal(status_of(f, s).state, ORCH_STATE_RUNNING);
  put(in(f, "s/exit"), "{\"v\":1,\"code\":0}\n");
  close(keeper);

  assert_int_equal(await(f, s, ORCH_STATE_ENDED).state, ORCH_STATE_ENDED);
}

/* keeper.sock would not fit into a socket's address. */
static void a_session_far_down_the_tree_is_attached(void **state) {
  fixture *f = *state;
  char deep[220];
  memset(deep, 'd', sizeof deep);
  deep[150] = 0;
  const char *argv[3];
  orch_spec spec = shell(f, deep, argv, "echo ready; sleep 0.5");
  spec.lease_ms = 30000;
  int64_t s, again;
  assert_int_equal(orch_session_start(f->loop, &spec, &s), 0);
  await_bytes(f, s, 6);
  orch_release(f->loop, s);

  assert_int_equal(orch_session_attach(f->loop, in(f, deep), true, &again), 0);

  assert_record(await(f, again, ORCH_STATE_ENDED), "\"ended_by\":\"self\"");
}

int main(void) {
  const struct CMUnitTest tests[] = {
    CASE(a_session_starts_prints_and_ends_with_its_record),
    CASE(a_program_that_is_not_there_ends_by_start),
    CASE(a_missing_keeper_is_told_at_once),
    CASE(many_sessions_at_once_all_end),
    CASE(a_request_larger_than_a_message_arrives),
    CASE(requests_wait_for_a_busy_forker),
    CASE(a_dead_forker_is_replaced),
    CASE(what_is_given_is_typed_and_counted),
    CASE(input_is_bounded_and_an_interrupt_drops_it),
    CASE(what_an_interrupt_drops_still_counts),
    CASE(stop_ends_a_session_and_says_so),
    CASE(a_terminal_is_resized),
    CASE(a_released_session_falls_under_its_lease),
    CASE(a_living_session_is_owned_again),
    CASE(an_onlooker_sees_the_same_and_owns_nothing),
    CASE(a_finished_session_is_told_at_once),
    CASE(no_record_and_no_keeper_is_lost),
    CASE(a_held_lock_is_waited_for),
    CASE(a_session_far_down_the_tree_is_attached),
  };
  return cmocka_run_group_tests(tests, warm_up, NULL);
}
