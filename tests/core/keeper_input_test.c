/* keeper_input_test.c - what is typed at a session, and the interrupt that overtakes it.
 */
#include "keeper_rig.h"

#include "hostile.h"

static char self[256];

static void what_is_typed_arrives_and_is_accepted(MUTE) {
  session *s = start(&(spec){ .argv = { "cat" }, .flags = ORCH_TTY | ORCH_STDIN_TTY });

  type(s, "hello\n");
  FOLLOW_UNTIL(s, shows(s, "hello\n"));
  type(s, "\x04");

  assert_has(finish(s), "\"code\":0,\"signal\":null,\"ended_by\":\"self\"");
  assert_string_equal(transcript(s), "hello\n");
  assert_int_equal(s->frame.accepted, 2);
  assert_int_equal(s->frame.refused, 0);
}

static void a_line_that_would_be_cut_is_refused(MUTE) {
  session *s = start(&(spec){ .argv = SHELL("while read x; do echo ${#x}; done"),
                              .flags = ORCH_TTY | ORCH_STDIN_TTY });
  static char line[4097];
  memset(line, 'x', 4095);

  type(s, line); /* fits, and stays open */
  type(s, "y");  /* one too many */
  type(s, "\n");
  line[4095] = 'x';
  type(s, line); /* 4,096: too long by itself */
  type(s, "short\n");
  FOLLOW_UNTIL(s, shows(s, "4095\n5\n"));
  type(s, "\x04");

  finish(s);
  assert_string_equal(transcript(s), "4095\n5\n");
  assert_int_equal(s->frame.accepted, 6);
  assert_int_equal(s->frame.refused, 4);
}

static void a_long_line_is_typed_where_nothing_cuts_it(MUTE) {
  session *s =
      start(&(spec){ .argv = SHELL("stty -icanon min 1; echo ready; head -c 20000 "
                                   "| wc -c"),
                     .flags = ORCH_TTY | ORCH_STDIN_TTY });
  static char line[20001];
  memset(line, 'x', 20000);
  FOLLOW_UNTIL(s, shows(s, "ready"));

  type(s, line);

  finish(s);
  assert_has(transcript(s), "20000\n");
  assert_int_equal(s->frame.accepted, 1);
}

static void many_lines_wait_for_a_slow_reader(MUTE) {
  session *s = start(&(spec){ .argv = SHELL("sleep 0.2; cat | md5sum"),
                              .flags = ORCH_TTY | ORCH_STDIN_TTY });
  static char lines[50001];
  char command[256], expected[64] = "";
  memset(lines, 'x', 50000);
  for (int i = 99; i < 50000; i += 100) lines[i] = '\n';

  for (int i = 0; i < 6; ++i) type(s, lines);
  type(s, "end\n\x04");
  finish(s);

  snprintf(command, sizeof command, "(yes %.99s | head -n 3000; echo end) | md5sum",
           lines);
  FILE *f = popen(command, "r");
  assert_non_null(fgets(expected, sizeof expected, f));
  pclose(f);
  assert_string_equal(transcript(s), expected);
  assert_int_equal(s->frame.accepted, 7);
}

static void who_opens_the_terminal_is_typed_at(MUTE) {
  session *s = start(&(spec){
      .argv = { "sh", "-c", "read x </dev/tty; echo got $x" }, .flags = ORCH_TTY });

  type(s, "hello\n");

  FOLLOW_UNTIL(s, s->frame.accepted == 1);
  finish(s);
  assert_string_equal(transcript(s), "got hello\n");
}

static void without_a_terminal_typing_is_refused(MUTE) {
  session *s = start(&(spec){ .argv = { "sleep", "60" } });

  type(s, "hello\n");

  FOLLOW_UNTIL(s, s->frame.refused == 1);
  assert_int_equal(s->frame.accepted, 0);
  say(s, ORCH_KILL, NULL, 0);
  finish(s);
}

static void input_waits_for_its_reader_and_the_interrupt_does_not(MUTE) {
  session *s =
      start(&(spec){ .argv = { self, "typed" }, .flags = ORCH_TTY | ORCH_STDIN_TTY });
  static char much[50001];
  memset(much, 'x', 50000);
  FOLLOW_UNTIL(s, shows(s, "ready"));

  for (int i = 0; i < 8; ++i) type(s, much);
  FOLLOW_UNTIL(s, s->frame.accepted == 8);
  assert_true(s->frame.queued > 300000);
  int64_t begin = now_ms();
  say(s, ORCH_INTERRUPT, NULL, 0);

  assert_has(finish(s), "\"signal\":\"SIGINT\",\"ended_by\":\"self\"");
  assert_int_equal(s->frame.queued, 0);
  assert_true(now_ms() - begin < 1000);
}

static void an_interrupt_drops_what_was_typed_before_it(MUTE) {
  session *s =
      start(&(spec){ .argv = SHELL("trap 'echo INT-TRAP; trap - INT; cat; exit 5' INT;"
                                   " echo ready; while :; do sleep 0.05; done"),
                     .flags = ORCH_TTY | ORCH_STDIN_TTY });
  FOLLOW_UNTIL(s, shows(s, "ready"));

  type(s, "old\n");
  say(s, ORCH_INTERRUPT, NULL, 0);
  type(s, "new\n\x04");

  assert_has(finish(s), "\"code\":5");
  assert_string_equal(transcript(s), "ready\nINT-TRAP\nnew\n");
}

static void an_interrupt_empties_queue_and_terminal(MUTE) {
  session *s =
      start(&(spec){ .argv = { self, "looks" }, .flags = ORCH_TTY | ORCH_STDIN_TTY });
  static char much[50001];
  memset(much, 'x', 50000);
  FOLLOW_UNTIL(s, shows(s, "ready"));
  for (int i = 0; i < 8; ++i) type(s, much);
  FOLLOW_UNTIL(s, s->frame.accepted == 8);

  say(s, ORCH_INTERRUPT, NULL, 0);

  FOLLOW_UNTIL(s, s->frame.queued == 0);
  FOLLOW_UNTIL(s, shows(s, "left"));
  assert_string_equal(transcript(s), "ready\nnothing left\n");
  say(s, ORCH_KILL, NULL, 0);
  finish(s);
}

static void an_interrupt_reaches_a_session_without_terminal(MUTE) {
  session *s =
      start(&(spec){ .argv = SHELL("trap 'exit 42' INT; echo ready; sleep 60 & wait") });
  FOLLOW_UNTIL(s, shows(s, "ready"));

  say(s, ORCH_INTERRUPT, NULL, 0);

  assert_has(finish(s), "\"code\":42,\"signal\":null,\"ended_by\":\"self\"");
}

int main(int argc, char **argv) {
  if (argc == 2) return hostile(argv[1]);
  if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) return 1;
  const struct CMUnitTest tests[] = {
    TEST(what_is_typed_arrives_and_is_accepted),
    TEST(a_line_that_would_be_cut_is_refused),
    TEST(a_long_line_is_typed_where_nothing_cuts_it),
    TEST(many_lines_wait_for_a_slow_reader),
    TEST(who_opens_the_terminal_is_typed_at),
    TEST(without_a_terminal_typing_is_refused),
    TEST(input_waits_for_its_reader_and_the_interrupt_does_not),
    TEST(an_interrupt_drops_what_was_typed_before_it),
    TEST(an_interrupt_empties_queue_and_terminal),
    TEST(an_interrupt_reaches_a_session_without_terminal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
