/* keeper_end_test.c - how sessions end, whoever vanishes first and however they resist.
 *
 * Every test also fails, in its teardown, for a process that outlives its session.
 */
#include "keeper_rig.h"

#include "hostile.h"

static char self[256];

static session *start_hostile(const char *name, unsigned flags) {
  session *s = start(&(spec){
      .argv = { self, name }, .flags = flags, .interrupt_ms = 100, .terminate_ms = 100 });
  FOLLOW_UNTIL(s, shows(s, "ready"));
  return s;
}

static int64_t number_after(const char *record, const char *name) {
  const char *at = strstr(record, name);
  assert_non_null(at);
  return atoll(at + strlen(name) + 2);
}

/* --- the ladder ------------------------------------------------------------------------
 */

static void a_stop_ends_a_hostile_tree(MUTE) {
  for (unsigned flags = 0; flags <= ORCH_TTY; flags += ORCH_TTY) {
    session *s = start_hostile("tree", flags);
    int64_t begin = now_ms();

    stop(s, 100, 100);

    assert_has(finish(s), "\"signal\":\"SIGINT\",\"ended_by\":\"stop\"");
    assert_has(s->record, "\"survivors\":0");
    assert_true(number_after(s->record, "left") >= 4);
    assert_int_equal(marked(s->mark, NULL), 0);
    assert_true(now_ms() - begin < 1000);
  }
}

static void a_kill_ends_a_hostile_tree_at_once(MUTE) {
  session *s = start_hostile("tree", ORCH_TTY);
  int64_t begin = now_ms();

  say(s, ORCH_KILL, NULL, 0);

  assert_has(finish(s), "\"signal\":\"SIGKILL\",\"ended_by\":\"stop\"");
  assert_int_equal(marked(s->mark, NULL), 0);
  assert_true(now_ms() - begin < 500);
}

static void what_forks_away_is_caught(MUTE) {
  for (int i = 0; i < 3; ++i) {
    session *s = start_hostile("runaway", 0);

    stop(s, 20, 20);

    assert_has(finish(s), "\"ended_by\":\"stop\"");
    assert_has(s->record, "\"survivors\":0");
    assert_int_equal(marked(s->mark, NULL), 0);
  }
}

static void a_polite_program_gets_its_whole_grace(MUTE) {
  session *s = start(&(spec){
      .argv = SHELL("trap '' INT; trap 'sleep 0.4; echo bye; exit 6' TERM; echo ready;"
                    " while :; do sleep 0.02; done"),
      .flags = ORCH_TTY });
  FOLLOW_UNTIL(s, shows(s, "ready"));

  stop(s, 50, 5000);

  assert_has(finish(s), "\"code\":6,\"signal\":null,\"ended_by\":\"stop\"");
  assert_has(transcript(s), "bye");
}

/* Three deep, the last in a session of its own; those above it stay deaf and alive. */
static void every_descendant_is_asked_to_terminate(MUTE) {
  session *s = start(&(spec){
      .argv =
          SHELL("trap : INT TERM; sh -c \"trap : INT TERM; setsid sh -c \\\""
                "trap 'echo deep; exit' TERM; echo ready; while :; do sleep 0.02; done"
                "\\\"; while :; do sleep 0.02; done\"; while :; do sleep 0.02; done"),
      .flags = ORCH_TTY });
  FOLLOW_UNTIL(s, shows(s, "ready"));

  stop(s, 50, 400);

  assert_has(finish(s), "\"signal\":\"SIGKILL\",\"ended_by\":\"stop\"");
  assert_has(transcript(s), "deep");
}

static void a_stopped_program_takes_its_interrupt(MUTE) {
  for (unsigned flags = 0; flags <= ORCH_TTY; flags += ORCH_TTY) {
    session *s = start_hostile("stopped", flags);
    WAIT_FOR(stat_number((pid_t)s->frame.pid, 0) > 0);

    stop(s, 5000, 5000);

    assert_has(finish(s), "\"code\":42,\"signal\":null,\"ended_by\":\"stop\"");
  }
}

static void a_second_stop_shortens_the_first(MUTE) {
  const char verbs[] = { ORCH_STOP, ORCH_KILL };
  for (size_t i = 0; i < sizeof verbs; ++i) {
    session *s = start_hostile("deaf", ORCH_TTY);
    int64_t begin = now_ms();

    stop(s, 60000, 60000);
    say(s, verbs[i], NULL, 0);

    assert_has(finish(s), "\"signal\":\"SIGKILL\",\"ended_by\":\"stop\"");
    assert_true(now_ms() - begin < 2000);
  }
}

static void an_interactive_shell_is_hung_up_on(MUTE) {
  session *s =
      start(&(spec){ .argv = { "sh", "-i" }, .flags = ORCH_TTY | ORCH_STDIN_TTY });
  FOLLOW_UNTIL(s, s->frame.bytes > 0); /* its prompt */
  int64_t begin = now_ms();

  stop(s, 50, 10000);

  assert_has(finish(s), "\"ended_by\":\"stop\"");
  assert_true(now_ms() - begin < 5000);
}

static void a_term_to_the_keeper_is_a_stop(MUTE) {
  session *s = start(&(spec){ .argv = { "sleep", "60" } });
  FOLLOW_UNTIL(s, s->frames > 0);

  kill(parent_of((pid_t)s->frame.pid), SIGTERM);

  assert_has(finish(s), "\"signal\":\"SIGINT\",\"ended_by\":\"stop\"");
}

/* --- after the leader
 * --------------------------------------------------------------------- */

static void what_outlives_the_leader_is_ended(MUTE) {
  for (unsigned flags = 0; flags <= ORCH_TTY; flags += ORCH_TTY) {
    session *s = start(&(spec){ .argv = { self, "left" }, .flags = flags });

    FOLLOW_UNTIL(s, s->frame.state >= ORCH_EXITED || s->over);
    int64_t begin = now_ms();

    assert_has(finish(s), "\"code\":7,\"signal\":null,\"ended_by\":\"self\"");
    assert_true(now_ms() - begin < 1000);
    assert_true(number_after(s->record, "left") >= 4);
    assert_has(s->record, "\"survivors\":0");
    assert_int_equal(marked(s->mark, NULL), 0);
  }
}

static void a_late_tail_is_kept(MUTE) {
  for (unsigned flags = 0; flags <= ORCH_TTY; flags += ORCH_TTY) {
    session *s =
        start(&(spec){ .argv = SHELL("trap '' HUP; (sleep 0.05; echo late) & echo now"),
                       .flags = flags });

    assert_has(finish(s), "\"code\":0,\"signal\":null,\"ended_by\":\"self\"");
    assert_string_equal(transcript(s), "now\nlate\n");
    assert_has(s->record, "\"left\":0");
  }
}

static void asked_to_keep_it_stays_until_the_tree_is_empty(MUTE) {
  session *s =
      start(&(spec){ .argv = SHELL("setsid sh -c 'sleep 0.8; echo late' & exit 4"),
                     .flags = ORCH_KEEP });

  FOLLOW_UNTIL(s, s->frame.state == ORCH_EXITED);
  assert_int_equal(s->frame.code, 4);

  assert_has(finish(s), "\"code\":4,\"signal\":null,\"ended_by\":\"self\"");
  assert_string_equal(transcript(s), "late\n");
  assert_has(s->record, "\"left\":0");
}

static void asked_to_keep_it_still_obeys_a_stop(MUTE) {
  session *s = start(&(spec){ .argv = { self, "left" }, .flags = ORCH_KEEP | ORCH_TTY });
  FOLLOW_UNTIL(s, s->frame.state == ORCH_EXITED);

  stop(s, 20, 20);

  assert_has(finish(s), "\"code\":7,\"signal\":null,\"ended_by\":\"stop\"");
  assert_int_equal(marked(s->mark, NULL), 0);
}

static void a_terminal_left_and_opened_again_still_counts(MUTE) {
  session *s = start(&(spec){
      .argv = SHELL("exec >/dev/null 2>&1; sleep 0.3; exec >/dev/tty; echo back"),
      .flags = ORCH_TTY });

  assert_has(finish(s), "\"code\":0");
  assert_string_equal(transcript(s), "back\n");
}

/* --- deadlines and leases
 * -------------------------------------------------------------------- */

static void a_deadline_ends_the_session(MUTE) {
  session *s =
      start(&(spec){ .argv = { "sleep", "60" }, .flags = ORCH_TTY, .deadline_ms = 300 });
  int64_t begin = now_ms();

  assert_has(finish(s), "\"signal\":\"SIGINT\",\"ended_by\":\"deadline\"");
  assert_in_range(now_ms() - begin, 250, 2000);
}

static void a_deadline_holds_though_nobody_reads(MUTE) {
  session *s = start(&(spec){
      .argv = { "yes" }, .flags = ORCH_TTY, .deadline_ms = 500, .cap = 1 << 20 });

  assert_has(await_record(s), "\"ended_by\":\"deadline\"");
}

static void without_a_lease_the_end_of_the_engine_ends_all(MUTE) {
  session *s = start_hostile("tree", ORCH_TTY);
  int64_t begin = now_ms();

  leave(s);

  assert_has(await_record(s), "\"ended_by\":\"engine\"");
  assert_has(s->record, "\"survivors\":0");
  assert_int_equal(marked(s->mark, NULL), 0);
  assert_true(now_ms() - begin < 2000);
}

static void a_lease_runs_out(MUTE) {
  session *s = start(&(spec){ .argv = { "sleep", "60" }, .lease_ms = 600 });
  FOLLOW_UNTIL(s, s->frames > 0);
  int64_t begin = now_ms();

  leave(s);

  WAIT_FOR(file_exists(s, "keeper.sock")); /* so that somebody can come */
  assert_has(await_record(s), "\"signal\":\"SIGINT\",\"ended_by\":\"lease\"");
  assert_in_range(now_ms() - begin, 550, 3000);
  WAIT_FOR(!file_exists(s, "keeper.sock"));
}

static void an_onlooker_does_not_renew_the_lease(MUTE) {
  session *s = start(&(spec){ .argv = { "sleep", "60" }, .lease_ms = 600 });
  session *visitor = visit(s);
  FOLLOW_UNTIL(visitor, visitor->frames > 0);
  assert_int_equal(visitor->frame.owner, 0);

  leave(s);

  assert_has(finish(visitor), "\"ended_by\":\"lease\"");
}

static void a_new_engine_adopts_a_session(MUTE) {
  session *s = start(
      &(spec){ .argv = { "cat" }, .lease_ms = 500, .flags = ORCH_TTY | ORCH_STDIN_TTY });
  type(s, "one\n");
  FOLLOW_UNTIL(s, shows(s, "one"));
  leave(s);

  session *heir = visit(s);
  say(heir, ORCH_OWN, NULL, 0);
  FOLLOW_UNTIL(heir, heir->frame.owner == 1);
  int64_t begin = now_ms();
  FOLLOW_UNTIL(heir, now_ms() - begin > 700); /* past the lease */
  type(heir, "two\n\x04");

  assert_has(finish(heir), "\"code\":0,\"signal\":null,\"ended_by\":\"self\"");
  assert_string_equal(transcript(heir), "one\ntwo\n");
  assert_int_equal(heir->frame.accepted, 1);
}

static void a_session_has_one_owner(MUTE) {
  session *s = start(&(spec){ .argv = { "sleep", "60" } });
  session *visitor = visit(s);

  say(visitor, ORCH_OWN, NULL, 0);
  type(visitor, "x"); /* answered after it, so the answer to both is there */
  FOLLOW_UNTIL(visitor, visitor->frame.refused == 1);

  assert_int_equal(visitor->frame.owner, 0);
  leave(visitor);
  say(s, ORCH_KILL, NULL, 0);
  assert_has(finish(s), "\"ended_by\":\"stop\"");
}

static void an_engine_may_leave_behind_a_stop_and_unread_frames(MUTE) {
  session *s = start(&(spec){ .argv = { "sleep", "60" }, .lease_ms = 60000 });
  WAIT_FOR(file_exists(s, "keeper.sock")); /* frames are waiting by now */

  stop(s, 1000, 1000);
  leave(s);

  assert_has(await_record(s), "\"signal\":\"SIGINT\",\"ended_by\":\"stop\"");
}

/* --- violent deaths
 * ----------------------------------------------------------------------------- */

static void a_killed_keeper_is_swept_up_after(MUTE) {
  for (int i = 0; i < 3; ++i) {
    session *s = start_hostile(i < 2 ? "tree" : "runaway", ORCH_TTY);
    session *other = start(&(spec){ .argv = { "sleep", "60" } });
    FOLLOW_UNTIL(s, s->frame.pid > 0);
    FOLLOW_UNTIL(other, other->frame.pid > 0);

    kill(parent_of((pid_t)s->frame.pid), SIGKILL);

    assert_string_equal(finish(s), ""); /* it is lost, not done */
    WAIT_FOR(marked(s->mark, NULL) == 0);
    assert_int_equal(marked(other->mark, NULL), 1);
    say(other, ORCH_KILL, NULL, 0);
    finish(other);
  }
}

static void a_killed_forker_leaves_the_keepers_at_work(MUTE) {
  session *s = start(&(spec){ .argv = { "cat" }, .flags = ORCH_TTY | ORCH_STDIN_TTY });
  type(s, "one\n");
  FOLLOW_UNTIL(s, shows(s, "one"));

  kill(forker_pid, SIGKILL);
  waitpid(forker_pid, NULL, 0);
  close(forker_fd);
  start_forker();
  type(s, "two\n");
  FOLLOW_UNTIL(s, shows(s, "two"));
  stop(s, 1000, 1000);

  assert_has(finish(s), "\"signal\":\"SIGINT\",\"ended_by\":\"stop\"");
}

static void the_forker_stays_for_its_last_keeper(MUTE) {
  session *s =
      start(&(spec){ .argv = { self, "tree" }, .lease_ms = 60000, .flags = ORCH_TTY });
  FOLLOW_UNTIL(s, shows(s, "ready"));
  pid_t old = forker_pid;
  close(forker_fd);
  start_forker();

  kill(parent_of((pid_t)s->frame.pid), SIGKILL);

  WAIT_FOR(marked(s->mark, NULL) == 0);
  WAIT_FOR(waitpid(old, NULL, WNOHANG) == old);
}

static void fifty_hostile_trees_end_together(MUTE) {
  enum { TREES = 50 };
  session *trees[TREES];
  for (int i = 0; i < TREES; ++i)
    trees[i] = start(&(spec){ .argv = { self, "tree" }, .flags = ORCH_TTY });
  for (int i = 0; i < TREES; ++i) FOLLOW_UNTIL(trees[i], shows(trees[i], "ready"));

  for (int i = 0; i < TREES; ++i) say(trees[i], ORCH_KILL, NULL, 0);

  for (int i = 0; i < TREES; ++i) assert_has(finish(trees[i]), "\"survivors\":0");
  assert_int_equal(marked(trees[0]->mark, NULL), 0);
}

int main(int argc, char **argv) {
  if (argc == 2) return hostile(argv[1]);
  if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) return 1;
  const struct CMUnitTest tests[] = {
    TEST(a_stop_ends_a_hostile_tree),
    TEST(a_kill_ends_a_hostile_tree_at_once),
    TEST(what_forks_away_is_caught),
    TEST(a_polite_program_gets_its_whole_grace),
    TEST(every_descendant_is_asked_to_terminate),
    TEST(a_stopped_program_takes_its_interrupt),
    TEST(a_second_stop_shortens_the_first),
    TEST(an_interactive_shell_is_hung_up_on),
    TEST(a_term_to_the_keeper_is_a_stop),
    TEST(what_outlives_the_leader_is_ended),
    TEST(a_late_tail_is_kept),
    TEST(asked_to_keep_it_stays_until_the_tree_is_empty),
    TEST(asked_to_keep_it_still_obeys_a_stop),
    TEST(a_terminal_left_and_opened_again_still_counts),
    TEST(a_deadline_ends_the_session),
    TEST(a_deadline_holds_though_nobody_reads),
    TEST(without_a_lease_the_end_of_the_engine_ends_all),
    TEST(a_lease_runs_out),
    TEST(an_onlooker_does_not_renew_the_lease),
    TEST(a_new_engine_adopts_a_session),
    TEST(a_session_has_one_owner),
    TEST(an_engine_may_leave_behind_a_stop_and_unread_frames),
    TEST(a_killed_keeper_is_swept_up_after),
    TEST(a_killed_forker_leaves_the_keepers_at_work),
    TEST(the_forker_stays_for_its_last_keeper),
    TEST(fifty_hostile_trees_end_together),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
