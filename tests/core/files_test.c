/* files_test.c - files, folders, locks and text repair. */
#include "engine_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

static const orch_write_options fresh = { .mode = 0600,
                                          .atomic = true,
                                          .exclusive = true };
static const orch_write_options direct = { .mode = 0600, .exclusive = true };

/* --- reading and writing ---------------------------------------------------------- */

static void a_read_is_bounded_and_starts_where_asked(void **state) {
  fixture *f = *state;
  orch_bytes bytes = { 0 };
  put(in(f, "text"), "0123456789");

  assert_int_equal(orch_file_read(in(f, "text"), 2, 5, &bytes), 0);
  assert_int_equal(bytes.size, 5);
  assert_memory_equal(bytes.data, "23456", 5);
  assert_int_equal(orch_file_read(in(f, "text"), 10, 5, &bytes), 0);
  assert_int_equal(bytes.size, 0);

  orch_bytes_free(&bytes);
}

static void a_file_without_a_size_is_read_to_its_end(void **state) {
  (void)state;
  orch_bytes bytes = { 0 };

  assert_int_equal(orch_file_read("/proc/self/status", 0, 1 << 20, &bytes), 0);

  assert_true(bytes.size > 200);
  orch_bytes_free(&bytes);
}

static void a_read_that_could_block_is_refused(void **state) {
  fixture *f = *state;
  orch_bytes bytes = { 0 };
  mkfifo(in(f, "fifo"), 0600);

  assert_int_equal(orch_file_read(in(f, "fifo"), 0, 10, &bytes), UV_EINVAL);
  assert_int_equal(orch_file_read(f->folder, 0, 10, &bytes), UV_EISDIR);
  assert_int_equal(orch_file_read(in(f, "none"), 0, 10, &bytes), UV_ENOENT);
}

static void a_write_replaces_the_whole_file_and_sets_its_mode(void **state) {
  fixture *f = *state;
  orch_stat_result st;
  orch_write_options options = { .mode = 0640, .atomic = true, .durable = true };
  put(in(f, "text"), "something long");

  assert_int_equal(orch_file_write(in(f, "text"), "short", 5, &options), 0);

  assert_holds(in(f, "text"), "short");
  assert_int_equal(orch_stat(in(f, "text"), false, &st), 0);
  assert_int_equal(st.mode, 0640);
}

static void an_exclusive_write_leaves_an_existing_file_alone(void **state) {
  fixture *f = *state;
  put(in(f, "text"), "first");

  assert_int_equal(orch_file_write(in(f, "text"), "second", 6, &fresh), UV_EEXIST);
  assert_int_equal(orch_file_write(in(f, "text"), "second", 6, &direct), UV_EEXIST);

  assert_holds(in(f, "text"), "first");
  orch_bytes names = { 0 };
  size_t count;
  assert_int_equal(orch_folder_list(f->folder, &names, &count), 0);
  assert_int_equal(count, 1); /* nothing is left beside it */
  orch_bytes_free(&names);
}

/* A link in a file's place is not followed by anything that writes. */
static void a_planted_link_is_not_followed(void **state) {
  fixture *f = *state;
  const orch_write_options in_place = { .mode = 0600 };
  const orch_write_options atomic = { .mode = 0600, .atomic = true };
  orch_stat_result st;
  uint64_t size;
  put(in(f, "precious"), "precious");
  assert_int_equal(symlink(in(f, "precious"), in(f, "link")), 0);

  assert_int_equal(orch_file_write(in(f, "link"), "x", 1, &in_place), UV_ELOOP);
  assert_int_equal(orch_file_append(in(f, "link"), "x", 1, &in_place, &size), UV_ELOOP);
  assert_int_equal(orch_file_overwrite(in(f, "link"), 0, "x", 1), UV_ELOOP);
  assert_int_equal(orch_file_truncate(in(f, "link"), 0), UV_ELOOP);
  assert_int_equal(orch_file_write(in(f, "link"), "x", 1, &atomic), 0);

  assert_holds(in(f, "precious"), "precious");
  assert_holds(in(f, "link"), "x");
  assert_int_equal(orch_stat(in(f, "link"), false, &st), 0);
  assert_string_equal(st.type, "file");
}

static void a_planted_pipe_is_not_waited_for(void **state) {
  fixture *f = *state;
  const orch_write_options in_place = { .mode = 0600 };
  uint64_t size;
  mkfifo(in(f, "pipe"), 0600);

  assert_int_equal(orch_file_write(in(f, "pipe"), "x", 1, &in_place), UV_ENXIO);
  assert_int_equal(orch_file_append(in(f, "pipe"), "x", 1, &in_place, &size), UV_ENXIO);
}

static void files_are_private_whatever_the_umask(void **state) {
  fixture *f = *state;
  const orch_write_options options[] = { { .mode = 0600 },
                                         { .mode = 0600, .atomic = true } };
  orch_stat_result st;
  uint64_t size;
  mode_t before = umask(0);

  assert_int_equal(orch_file_write(in(f, "a"), "x", 1, &options[0]), 0);
  assert_int_equal(orch_file_write(in(f, "b"), "x", 1, &options[1]), 0);
  assert_int_equal(orch_file_append(in(f, "c"), "x", 1, &options[0], &size), 0);
  assert_int_equal(orch_folder_make(in(f, "d"), 0700, false), 0);
  umask(before);

  for (const char *name = "abc"; *name != 0; name++) {
    const char path[] = { *name, 0 };
    assert_int_equal(orch_stat(in(f, path), false, &st), 0);
    assert_int_equal(st.mode, 0600);
  }
  assert_int_equal(orch_stat(in(f, "d"), false, &st), 0);
  assert_int_equal(st.mode, 0700);
}

static void an_overwrite_stays_within_the_file(void **state) {
  fixture *f = *state;
  put(in(f, "text"), "0123456789");

  assert_int_equal(orch_file_overwrite(in(f, "text"), 3, "***", 3), 0);
  assert_int_equal(orch_file_overwrite(in(f, "text"), 8, "***", 3), UV_EINVAL);
  assert_int_equal(orch_file_overwrite(in(f, "text"), 11, "", 0), UV_EINVAL);
  assert_int_equal(orch_file_overwrite(in(f, "none"), 0, "*", 1), UV_ENOENT);

  assert_holds(in(f, "text"), "012***6789");
}

static const orch_write_options kept = { .mode = 0600, .durable = true };

static void an_append_tells_the_size_after_it(void **state) {
  fixture *f = *state;
  uint64_t size;

  assert_int_equal(orch_file_append(in(f, "log"), "one\n", 4, &kept, &size), 0);
  assert_int_equal(size, 4);
  assert_int_equal(orch_file_append(in(f, "log"), "two\n", 4, &kept, &size), 0);
  assert_int_equal(size, 8);
  assert_int_equal(orch_file_append(in(f, "log"), "", 0, &kept, &size), 0);
  assert_int_equal(size, 8);

  assert_holds(in(f, "log"), "one\ntwo\n");
}

/* Needs a small file system, which only root can make. */
static void an_append_on_a_full_disk_leaves_no_torn_end(void **state) {
  fixture *f = *state;
  uint64_t size;
  char page[6000];
  memset(page, 'x', sizeof page);
  orch_folder_make(in(f, "disk"), 0700, false);
  if (mount("tmpfs", in(f, "disk"), "tmpfs", 0, "size=16k") < 0) skip();

  int err = 0, appended = 0;
  while (err == 0 && appended < 10) {
    err = orch_file_append(in(f, "disk/log"), page, sizeof page, &kept, &size);
    appended += err == 0;
  }
  orch_stat_result st = { 0 };
  orch_stat(in(f, "disk/log"), false, &st);
  umount2(in(f, "disk"), MNT_DETACH);

  assert_int_equal(err, UV_ENOSPC);
  assert_int_equal(appended, 2);
  assert_int_equal(st.size, 2 * sizeof page);
}

static void sync_and_truncate_do_what_they_say(void **state) {
  fixture *f = *state;
  put(in(f, "log"), "one\ntw");

  assert_int_equal(orch_file_truncate(in(f, "log"), 4), 0);
  assert_int_equal(orch_file_sync(in(f, "log")), 0);

  assert_holds(in(f, "log"), "one\n");
  assert_int_equal(orch_file_sync(in(f, "none")), UV_ENOENT);
}

/* --- folders ---------------------------------------------------------------------- */

static void names_are_listed_sorted(void **state) {
  fixture *f = *state;
  put(in(f, "b"), "");
  put(in(f, "a"), "");
  put(in(f, "C"), "");
  orch_bytes names = { 0 };
  size_t count;

  assert_int_equal(orch_folder_list(f->folder, &names, &count), 0);

  assert_int_equal(count, 3);
  assert_memory_equal(names.data, "C\0a\0b", 6);
  orch_bytes_free(&names);
}

static void parents_are_made_and_an_existing_folder_is_fine(void **state) {
  fixture *f = *state;

  assert_int_equal(orch_folder_make(in(f, "a/b/c"), 0700, false), UV_ENOENT);
  assert_int_equal(orch_folder_make(in(f, "a/b/c"), 0700, true), 0);
  assert_int_equal(orch_folder_make(in(f, "a/b/c"), 0700, true), 0);
  assert_int_equal(orch_folder_make(in(f, "a/b/c"), 0700, false), UV_EEXIST);
  put(in(f, "file"), "");
  assert_int_equal(orch_folder_make(in(f, "file"), 0700, true), UV_EEXIST);
}

static void an_exclusive_move_does_not_replace(void **state) {
  fixture *f = *state;
  put(in(f, "from"), "new");
  put(in(f, "to"), "old");

  assert_int_equal(orch_move(in(f, "from"), in(f, "to"), true), UV_EEXIST);
  assert_holds(in(f, "to"), "old");
  assert_int_equal(orch_move(in(f, "from"), in(f, "to"), false), 0);
  assert_holds(in(f, "to"), "new");
}

static void a_tree_is_removed_without_following_links(void **state) {
  fixture *f = *state;
  orch_folder_make(in(f, "tree/deep"), 0700, true);
  put(in(f, "tree/deep/file"), "x");
  orch_folder_make(in(f, "precious"), 0700, false);
  put(in(f, "precious/file"), "keep");
  assert_int_equal(symlink(in(f, "precious"), in(f, "tree/link")), 0);

  assert_int_equal(orch_remove(in(f, "tree"), false), UV_ENOTEMPTY);
  assert_int_equal(orch_remove(in(f, "tree"), true), 0);

  assert_int_equal(access(in(f, "tree"), F_OK), -1);
  assert_holds(in(f, "precious/file"), "keep");
  assert_int_equal(orch_remove(in(f, "tree"), true), UV_ENOENT);
}

static void stat_tells_links_from_what_they_name(void **state) {
  fixture *f = *state;
  orch_stat_result st;
  put(in(f, "file"), "12345");
  assert_int_equal(symlink("file", in(f, "link")), 0);

  assert_int_equal(orch_stat(in(f, "link"), false, &st), 0);
  assert_string_equal(st.type, "link");
  assert_int_equal(orch_stat(in(f, "link"), true, &st), 0);
  assert_string_equal(st.type, "file");
  assert_int_equal(st.size, 5);
  assert_true(st.mtime > 1e9 && st.mtime <= orch_time() + 1);
}

/* --- locks ------------------------------------------------------------------------ */

/* Fork a holder of the lock, which says when it has it and ends at a signal. */
static pid_t fork_holder(const char *path) {
  int told[2];
  assert_int_equal(pipe(told), 0);
  pid_t pid = fork();
  if (pid == 0) {
    orch_loop *loop;
    int64_t lock;
    if (orch_loop_new(&loop, "") < 0 || orch_lock(loop, path, &lock) < 0) _exit(1);
    if (write(told[1], "x", 1) == 1) pause();
    _exit(2);
  }
  char byte;
  close(told[1]);
  assert_int_equal(read(told[0], &byte, 1), 1);
  close(told[0]);
  return pid;
}

static void a_lock_holds_against_another_process_until_it_dies(void **state) {
  fixture *f = *state;
  int64_t lock;
  pid_t holder = fork_holder(in(f, "lock"));

  assert_int_equal(orch_lock(f->loop, in(f, "lock"), &lock), UV_EAGAIN);
  kill(holder, SIGKILL);
  waitpid(holder, NULL, 0);
  assert_int_equal(orch_lock(f->loop, in(f, "lock"), &lock), 0);

  char pid[24];
  snprintf(pid, sizeof pid, "%d\n", (int)getpid());
  assert_holds(in(f, "lock"), pid);
}

static void a_lock_holds_within_a_process_and_ends_with_its_handle(void **state) {
  fixture *f = *state;
  int64_t first, second;
  assert_int_equal(orch_lock(f->loop, in(f, "lock"), &first), 0);

  assert_int_equal(orch_lock(f->loop, in(f, "lock"), &second), UV_EAGAIN);
  assert_int_equal(orch_release(f->loop, first), 0);

  assert_int_equal(orch_lock(f->loop, in(f, "lock"), &second), 0);
}

static void a_signal_reaches_the_living_holder_only(void **state) {
  fixture *f = *state;
  int status;
  pid_t holder = fork_holder(in(f, "lock"));

  assert_int_equal(orch_lock_signal(in(f, "lock"), SIGTERM), 0);
  assert_int_equal(waitpid(holder, &status, 0), holder);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);

  assert_int_equal(orch_lock_signal(in(f, "lock"), SIGTERM), UV_ESRCH);
  char own[24]; /* a pid that lives, in a file that nobody locks */
  snprintf(own, sizeof own, "%d\n", (int)getpid());
  put(in(f, "free"), own);
  assert_int_equal(orch_lock_signal(in(f, "free"), SIGKILL), UV_ESRCH);
  assert_int_equal(orch_lock_signal(in(f, "none"), SIGKILL), UV_ESRCH);
}

/* --- text ------------------------------------------------------------------------- */

static void assert_repaired(const char *text, size_t n, const char *expected) {
  orch_bytes out = { 0 };
  bool changed = orch_utf8_repair(text, n, &out);
  if (expected == NULL) {
    assert_false(changed);
  } else {
    assert_true(changed);
    assert_int_equal(out.size, strlen(expected));
    assert_memory_equal(out.data, expected, out.size);
  }
  orch_bytes_free(&out);
}

static void what_is_not_utf8_becomes_replacement_characters(void **state) {
  (void)state;
  assert_repaired("", 0, NULL);
  assert_repaired("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 10, NULL);
  assert_repaired("\xff" "a", 2, "\xef\xbf\xbd" "a");
  assert_repaired("\xe2\x82", 2, "\xef\xbf\xbd");           /* cut: one for the part */
  assert_repaired("\xe2\x82z", 3, "\xef\xbf\xbdz");
  assert_repaired("\xc0\xaf", 2, "\xef\xbf\xbd\xef\xbf\xbd"); /* overlong */
  assert_repaired("\xed\xa0\x80", 3,
                  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* surrogate */
  assert_repaired("\xf4\x90\x80\x80", 4,
                  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static void a_hash_is_sha256(void **state) {
  (void)state;
  char hex[65];

  orch_hash("abc", 3, hex);

  assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
                           "b00361a396177a9cb410ff61f20015ad");
}

int main(void) {
  const struct CMUnitTest tests[] = {
    CASE(a_read_is_bounded_and_starts_where_asked),
    CASE(a_file_without_a_size_is_read_to_its_end),
    CASE(a_read_that_could_block_is_refused),
    CASE(a_write_replaces_the_whole_file_and_sets_its_mode),
    CASE(an_exclusive_write_leaves_an_existing_file_alone),
    CASE(a_planted_link_is_not_followed),
    CASE(a_planted_pipe_is_not_waited_for),
    CASE(files_are_private_whatever_the_umask),
    CASE(an_overwrite_stays_within_the_file),
    CASE(an_append_tells_the_size_after_it),
    CASE(an_append_on_a_full_disk_leaves_no_torn_end),
    CASE(sync_and_truncate_do_what_they_say),
    CASE(names_are_listed_sorted),
    CASE(parents_are_made_and_an_existing_folder_is_fine),
    CASE(an_exclusive_move_does_not_replace),
    CASE(a_tree_is_removed_without_following_links),
    CASE(stat_tells_links_from_what_they_name),
    CASE(a_lock_holds_against_another_process_until_it_dies),
    CASE(a_lock_holds_within_a_process_and_ends_with_its_handle),
    CASE(a_signal_reaches_the_living_holder_only),
    CASE(what_is_not_utf8_becomes_replacement_characters),
    CASE(a_hash_is_sha256),
  };
  return cmocka_run_group_tests(tests, warm_up, NULL);
}
