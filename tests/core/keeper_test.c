/* keeper_test.c - what a keeper starts, what it gives it, and what it records. */
#include "keeper_rig.h"

#include <sched.h>
#include <sys/mount.h>

/* --- how it ends by itself -------------------------------------------------------- */

static void exit_codes_are_recorded(MUTE) {
  for (unsigned flags = 0; flags <= ORCH_TTY; flags += ORCH_TTY) {
    session *s = start(&(spec){ .argv = SHELL("echo hi; exit 17"), .flags = flags });

    assert_has(finish(s), "\"code\":17,\"signal\":null,\"ended_by\":\"self\"");
    assert_has(s->record, "\"error\":null,\"stage\":null,\"survivors\":0,\"left\":0");
    assert_has(s->record, "\"bytes\":3,\"dropped\":0,\"started\":");
    assert_string_equal(transcript(s), "hi\n");
    assert_int_equal(s->frame.state, ORCH_CLOSED);
    assert_int_equal(s->frame.code, 17);
    assert_int_equal(s->frame.bytes, 3);
    assert_false(file_exists(s, "keeper.sock"));
    assert_false(file_exists(s, ".exit"));
  }
}

static void signal_deaths_are_recorded(MUTE) {
  for (unsigned flags = 0; flags <= ORCH_TTY; flags += ORCH_TTY) {
    session *s = start(&(spec){ .argv = SHELL("kill -SEGV $$"), .flags = flags });

    assert_has(finish(s), "\"code\":null,\"signal\":\"SIGSEGV\",\"ended_by\":\"self\"");
    assert_int_equal(s->frame.signal, SIGSEGV);
  }
}

static void what_cannot_start_says_why(MUTE) {
  const struct {
    spec asked;
    const char *expected;
  } cases[] = {
    { { .argv = { "no_such_program" } }, "\"error\":\"ENOENT\",\"stage\":\"exec\"" },
    { { .argv = { "/no/such" }, .flags = ORCH_TTY },
      "\"error\":\"ENOENT\",\"stage\":\"exec\"" },
    { { .argv = { "/etc/passwd" } }, "\"error\":\"EACCES\",\"stage\":\"exec\"" },
    { { .argv = { "" } }, "\"error\":\"ENOENT\",\"stage\":\"exec\"" },
    { { .argv = { NULL } }, "\"error\":\"EINVAL\",\"stage\":\"exec\"" },
    { { .argv = { "true" }, .workdir = "/no/such" },
      "\"error\":\"ENOENT\",\"stage\":\"workdir\"" },
    { { .argv = { "true" }, .input = "/no/such" },
      "\"error\":\"ENOENT\",\"stage\":\"stdin\"" },
    { { .argv = { "true" }, .input = "/dev/zero" },
      "\"error\":\"EINVAL\",\"stage\":\"stdin\"" },
    { { .argv = { "true" }, .flags = ORCH_STDIN_TTY },
      "\"error\":\"EINVAL\",\"stage\":\"stdin\"" },
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    session *s = start(&cases[i].asked);

    assert_has(finish(s), cases[i].expected);
    assert_has(s->record, "\"code\":null,\"signal\":null,\"ended_by\":\"start\"");
  }
}

static void a_fifo_is_refused_as_stdin_without_waiting(MUTE) {
  char path[] = "/tmp/orch-keeper-fifo-XXXXXX";
  assert_non_null(mkdtemp(path));
  char fifo[64];
  snprintf(fifo, sizeof fifo, "%s/fifo", path);
  assert_return_code(mkfifo(fifo, 0600), errno);

  session *s = start(&(spec){ .argv = { "cat" }, .input = fifo });

  assert_has(finish(s), "\"error\":\"EINVAL\",\"stage\":\"stdin\"");
  unlink(fifo);
  rmdir(path);
}

static void the_program_is_found_in_the_path_of_the_child(MUTE) {
  char folder[] = "/tmp/orch-keeper-path-XXXXXX";
  assert_non_null(mkdtemp(folder));
  char program[64], path[80];
  snprintf(program, sizeof program, "%s/only-there", folder);
  snprintf(path, sizeof path, "PATH=/no/such:%s", folder);
  FILE *f = fopen(program, "w");
  fputs("#!/bin/sh\necho found\n", f);
  fchmod(fileno(f), 0700);
  fclose(f);
  char *argv[] = { program + strlen(folder) + 1, NULL };

  /* The rig puts its own PATH first; env hands ours on. */
  session *s = start(&(spec){ .argv = { "env", path, "/bin/sh", "-c", "only-there" } });
  session *missing = start(&(spec){ .long_argv = argv });

  assert_has(finish(s), "\"code\":0");
  assert_string_equal(transcript(s), "found\n");
  assert_has(finish(missing), "\"error\":\"ENOENT\"");
  unlink(program);
  rmdir(folder);
}

static void a_folder_is_used_only_once(MUTE) {
  session *first = start(&(spec){ .argv = { "sleep", "60" } });
  FOLLOW_UNTIL(first, first->frames > 0);

  session *second = start(&(spec){ .argv = { "true" }, .folder = first->folder });

  assert_string_equal(finish(second), "");
  assert_true(file_exists(first, ".exit"));
  say(first, ORCH_KILL, NULL, 0);
  assert_has(finish(first), "\"signal\":\"SIGKILL\",\"ended_by\":\"stop\"");
}

static void a_silent_session_says_soon_that_it_runs(MUTE) {
  session *s = start(&(spec){ .argv = { "sleep", "60" }, .flags = ORCH_TTY });

  FOLLOW_UNTIL(s, s->frames > 0);

  assert_int_equal(s->frame.state, ORCH_STARTED);
  assert_int_equal(s->frame.owner, 1);
  assert_int_equal(stat_number((pid_t)s->frame.pid, 2), s->frame.pid); /* its session */
  assert_false(file_exists(s, "exit"));
  say(s, ORCH_KILL, NULL, 0);
  finish(s);
}

/* --- what the child is given ----------------------------------------------------------
 */

static void the_terminal_is_quiet_and_has_its_size(MUTE) {
  session *s = start(&(spec){ .argv = SHELL("stty -a; stty size; tty; ps -o tty= -p $$"),
                              .flags = ORCH_TTY | ORCH_STDIN_TTY,
                              .rows = 31,
                              .cols = 101 });

  assert_has(finish(s), "\"code\":0");
  const char *text = transcript(s);
  assert_has(text, " -echo ");
  assert_has(text, " icanon ");
  assert_has(text, "isig ");
  assert_has(text, "-opost ");
  assert_has(text, "\n31 101\n/dev/pts/");
  assert_has(text, "\npts/");
}

static void a_resize_reaches_the_program(MUTE) {
  session *s = start(&(spec){ .argv = SHELL("trap 'stty size; exit 0' WINCH; echo ready; "
                                            "while :; do sleep 0.05; done"),
                              .flags = ORCH_TTY | ORCH_STDIN_TTY });
  FOLLOW_UNTIL(s, shows(s, "ready"));

  uint16_t size[2] = { 45, 132 };
  say(s, ORCH_RESIZE, size, sizeof size);

  assert_has(finish(s), "\"code\":0");
  assert_has(transcript(s), "45 132\n");
}

static void stdin_is_a_file_or_empty(MUTE) {
  char path[] = "/tmp/orch-keeper-input-XXXXXX";
  int fd = mkstemp(path);
  assert_int_equal(write(fd, "a brief", 7), 7);
  close(fd);
  const char *count = "wc -c; readlink /proc/self/fd/0";

  for (unsigned flags = 0; flags <= ORCH_TTY; flags += ORCH_TTY) {
    session *file =
        start(&(spec){ .argv = { "sh", "-c", count }, .input = path, .flags = flags });
    session *none = start(&(spec){ .argv = { "sh", "-c", count }, .flags = flags });
    finish(file);
    finish(none);

    assert_has(transcript(file), "7\n/tmp/orch-keeper-input-");
    assert_has(transcript(none), "0\n/dev/null\n");
  }
  unlink(path);
}

static void stderr_is_merged_or_kept_apart(MUTE) {
  const char *both = "echo out; echo err >&2";
  for (unsigned flags = 0; flags <= ORCH_TTY; flags += ORCH_TTY) {
    char text[64];
    session *merged = start(&(spec){ .argv = { "sh", "-c", both }, .flags = flags });
    session *apart =
        start(&(spec){ .argv = { "sh", "-c", both }, .flags = flags | ORCH_STDERR_FILE });
    finish(merged);
    finish(apart);

    assert_string_equal(transcript(merged), "out\nerr\n");
    assert_string_equal(transcript(apart), "out\n");
    read_file(apart, "stderr", text, sizeof text);
    assert_string_equal(text, "err\n");
    assert_false(file_exists(merged, "stderr"));
  }
}

static void the_child_has_three_descriptors_and_clean_signals(MUTE) {
  for (unsigned flags = 0; flags <= ORCH_TTY; flags += ORCH_TTY) {
    session *s =
        start(&(spec){ .argv = SHELL("ls -1 /proc/$$/fd; ulimit -Sn; "
                                     "exec grep -E 'Sig(Blk|Ign)' /proc/self/status"),
                       .flags = flags | ORCH_STDERR_FILE,
                       .open_files = 321 });
    finish(s);

    char expected[128]; /* on a terminal that nobody types at, hang-ups are ignored */
    snprintf(expected, sizeof expected,
             "0\n1\n2\n321\nSigBlk:\t0000000000000000\nSigIgn:\t000000000000000%d\n",
             flags == ORCH_TTY);
    assert_string_equal(transcript(s), expected);
  }
}

static void the_environment_is_what_was_asked_and_no_more(MUTE) {
  const char *env[] = { "ONE=1", NULL };
  session *s = start(&(spec){ .argv = { "env" }, .env = env, .workdir = "/usr" });
  session *where = start(&(spec){ .argv = { "pwd" }, .workdir = "/usr" });
  finish(s);
  finish(where);

  char expected[256];
  snprintf(expected, sizeof expected, "%s\nPATH=/usr/bin:/bin\nONE=1\n", s->mark);
  assert_string_equal(transcript(s), expected);
  assert_string_equal(transcript(where), "/usr\n");
}

static void the_forker_hides_the_environment_it_came_with(MUTE) {
  char path[64], text[8192];
  snprintf(path, sizeof path, "/proc/%d/environ", forker_pid);
  session *s =
      start(&(spec){ .argv = { "true" } }); /* it is through its beginning then */
  finish(s);
  int fd = open(path, O_RDONLY);
  ssize_t n = read(fd, text, sizeof text);
  close(fd);

  for (ssize_t i = 0; i < n; ++i) assert_int_equal(text[i], 0);
}

static void big_arguments_come_through_a_memfd(MUTE) {
  enum { COUNT = 3000, SIZE = 400 };
  static char word[SIZE + 1];
  memset(word, 'x', SIZE);
  static char *argv[COUNT + 5];
  char *begin[] = { "sh", "-c", "echo $# ${#1} ${#2000}", "sh" };
  memcpy(argv, begin, sizeof begin);
  for (int i = 0; i < COUNT; ++i) argv[i + 4] = word;

  session *s = start(&(spec){ .long_argv = argv, .in_memfd = true });

  assert_has(finish(s), "\"code\":0");
  assert_string_equal(transcript(s), "3000 400 400\n");
}

/* --- the transcript
 * ----------------------------------------------------------------------- */

static void all_bytes_are_kept_in_order(MUTE) {
  for (unsigned flags = 0; flags <= ORCH_TTY; flags += ORCH_TTY) {
    session *s = start(&(spec){ .argv = SHELL("seq 1 700000; printf '\\000\\377tail'"),
                                .flags = flags });
    char path[128], line[16];
    assert_has(finish(s), "\"bytes\":4788901,\"dropped\":0");

    snprintf(path, sizeof path, "%s/transcript", s->folder);
    FILE *f = fopen(path, "r");
    for (int i = 1; i <= 700000; ++i) {
      assert_non_null(fgets(line, sizeof line, f));
      assert_int_equal(atoi(line), i);
    }
    assert_int_equal(fread(line, 1, sizeof line, f), 6);
    assert_memory_equal(line, "\000\377tail", 6);
    fclose(f);
    assert_true(s->frames >= 4788901 / (1 << 20)); /* it did not only tell the end */
  }
}

static void past_the_cap_head_and_tail_are_kept(MUTE) {
  enum { CAP = 1 << 20, LINES = 1000000, BYTES = 8 * LINES };
  session *s = start(&(spec){ .argv = SHELL("seq -f %07.0f 1 1000000"), .cap = CAP });
  char path[128], line[9] = "";
  struct stat status;
  assert_has(finish(s), "\"bytes\":8000000,\"dropped\":");
  long long dropped = atoll(strstr(s->record, "dropped\":") + 9);
  snprintf(path, sizeof path, "%s/transcript", s->folder);
  int fd = open(path, O_RDONLY);
  fstat(fd, &status);

  assert_int_equal(status.st_size, BYTES);
  assert_true(status.st_blocks * 512 <= CAP + 128 * 1024);
  assert_true(BYTES - dropped <= CAP && BYTES - dropped > CAP - CAP / 8);
  assert_int_equal(pread(fd, line, 8, CAP / 2 - 8), 8); /* the end of the head */
  assert_int_equal(atoi(line), CAP / 2 / 8);
  assert_int_equal(pread(fd, line, 8, CAP / 2 + dropped), 8); /* the first of the tail */
  assert_int_equal(atoi(line), (CAP / 2 + dropped) / 8 + 1);
  assert_int_equal(pread(fd, line, 8, CAP / 2 + dropped - 8), 8);
  assert_int_equal(line[0], 0); /* the hole */
  assert_int_equal(pread(fd, line, 8, BYTES - 8), 8);
  assert_int_equal(atoi(line), LINES);
  close(fd);
}

static void an_engine_that_does_not_read_stops_nothing(MUTE) {
  session *s =
      start(&(spec){ .argv = SHELL("seq 1 3000000; exit 3"), .flags = ORCH_TTY });

  WAIT_FOR(file_exists(s, "exit"));

  assert_has(await_record(s), "\"code\":3");
  assert_has(s->record, "\"bytes\":22888896,");
  assert_has(finish(s), "\"code\":3");
}

static void a_full_disk_ends_the_session_and_is_recorded(MUTE) {
  char folder[] = "/tmp/orch-keeper-disk-XXXXXX";
  if (unshare(CLONE_NEWNS) < 0) skip();
  assert_return_code(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), errno);
  end_forker(); /* it would not see the disk */
  start_forker();
  assert_non_null(mkdtemp(folder));
  if (mount("orch", folder, "tmpfs", 0, "size=256k") < 0) skip();

  session *s = start(&(spec){ .argv = SHELL("trap '' INT; seq 1 10000000; sleep 60"),
                              .folder = folder });

  assert_has(finish(s),
             "\"ended_by\":\"disk\",\"error\":\"ENOSPC\",\"stage\":\"transcript\"");
  assert_has(s->record, "\"survivors\":0");
  assert_null(strstr(s->record, "\"dropped\":0"));
  assert_false(file_exists(s, ".exit"));
  assert_return_code(umount2(folder, MNT_DETACH), errno);
}

/* --- the program itself
 * ---------------------------------------------------------------------- */

static void by_hand_it_explains_itself(MUTE) {
  const struct {
    const char *arguments, *expected;
    int code;
  } cases[] = {
    { "--version", "orch-keeper 0.1.0\n", 0 },
    { "--help", "orch-keeper keeps sessions for orch-lua", 0 },
    { "", "started by orch-lua, not by hand", 2 },
    { "--nonsense", "unexpected '--nonsense'", 2 },
    { "--fork-from 3 3</dev/null", "'--fork-from 3' is not a socket of orch-lua", 2 },
    { "--fork-from x", "'--fork-from x' is not a socket", 2 },
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char command[512], text[1024];
    snprintf(command, sizeof command, "%s %s 2>&1", keeper_path(), cases[i].arguments);
    FILE *f = popen(command, "r");
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    int status = pclose(f);

    assert_has(text, cases[i].expected);
    assert_int_equal(WEXITSTATUS(status), cases[i].code);
  }
}

static void three_hundred_jobs_leave_nothing(MUTE) {
  enum { JOBS = 300, AT_ONCE = 30 };
  for (int i = 0; i < JOBS; i += AT_ONCE) {
    session *batch[AT_ONCE];
    for (int j = 0; j < AT_ONCE; ++j)
      batch[j] =
          start(&(spec){ .argv = { "echo", "hi" }, .flags = j % 2 ? ORCH_TTY : 0 });
    for (int j = 0; j < AT_ONCE; ++j) {
      assert_has(finish(batch[j]), "\"code\":0,");
      assert_string_equal(transcript(batch[j]), "hi\n");
    }
  }
  WAIT_FOR(waitid(P_PID, (id_t)forker_pid, &(siginfo_t){ 0 },
                  WEXITED | WNOHANG | WNOWAIT) == 0);
  char path[64], text[64];
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", forker_pid, forker_pid);
  int fd = open(path, O_RDONLY);
  WAIT_FOR(pread(fd, text, sizeof text, 0) == 0);
  close(fd);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    TEST(exit_codes_are_recorded),
    TEST(signal_deaths_are_recorded),
    TEST(what_cannot_start_says_why),
    TEST(a_fifo_is_refused_as_stdin_without_waiting),
    TEST(the_program_is_found_in_the_path_of_the_child),
    TEST(a_folder_is_used_only_once),
    TEST(a_silent_session_says_soon_that_it_runs),
    TEST(the_terminal_is_quiet_and_has_its_size),
    TEST(a_resize_reaches_the_program),
    TEST(stdin_is_a_file_or_empty),
    TEST(stderr_is_merged_or_kept_apart),
    TEST(the_child_has_three_descriptors_and_clean_signals),
    TEST(the_environment_is_what_was_asked_and_no_more),
    TEST(the_forker_hides_the_environment_it_came_with),
    TEST(big_arguments_come_through_a_memfd),
    TEST(all_bytes_are_kept_in_order),
    TEST(past_the_cap_head_and_tail_are_kept),
    TEST(an_engine_that_does_not_read_stops_nothing),
    TEST(by_hand_it_explains_itself),
    TEST(three_hundred_jobs_leave_nothing),
    TEST(a_full_disk_ends_the_session_and_is_recorded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
