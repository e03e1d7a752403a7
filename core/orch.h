/* orch.h - the whole C interface of the engine side: a loop, sessions beside keepers, and
 * files.
 *
 * libuv calls us back; we never call our reader back.  A callback only changes its object
 * and marks its source ready.  The reader takes ready sources after orch_loop_poll() has
 * returned, so no Lua frame is ever below uv_run(): no Lua error jumps over libuv.
 *
 * Functions that can fail return 0 (or a count) or a negative libuv error, and write
 * their out-parameters only on success.  A caller's mistake is an assertion.
 */
#ifndef ORCH_H
#define ORCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ORCH_PATH_MAX 4096 /* bytes of a path with its NUL, as in Linux */

/* --- the loop --------------------------------------------------------------------- */

typedef struct orch_loop orch_loop;

/* What can become ready: a handle (> 0, a session or a watch, never used twice by a loop)
 * or one of these. */
enum {
  ORCH_NOTHING = 0,
  ORCH_INT = -1,
  ORCH_TERM = -2,
  ORCH_HUP = -3,
  ORCH_WINCH = -4,
  ORCH_INPUT = -5
};

/* keeper is the path of orch-keeper; it is first run when a session starts.  The limit of
 * open files is raised to the hard one, and SIGPIPE is ignored from now on. */
int orch_loop_new(orch_loop **out, const char *keeper);

/* Forget all sessions (the living ones fall under their leases), restore the terminal. */
void orch_loop_free(orch_loop *loop);

/* Wait until a source is ready or timeout_ms has passed; a negative one waits for ever.
 * The state of sessions changes in here and nowhere else. */
int orch_loop_poll(orch_loop *loop, int64_t timeout_ms);

/* Take the source that has been ready longest; ORCH_NOTHING when there is none. */
int64_t orch_loop_next(orch_loop *loop);

/* Return whether a source, or any, is ready, without taking it. */
bool orch_loop_is_ready(const orch_loop *loop, int64_t source);
bool orch_loop_is_any_ready(const orch_loop *loop);

/* The soft limit of open files before orch_loop_new raised it. */
uint64_t orch_loop_open_files(const orch_loop *loop);

/* Forget a session, end a watch or give up a lock.  UV_EBADF for an unknown handle. */
int orch_release(orch_loop *loop, int64_t handle);

/* From now on INT, TERM, HUP and WINCH are sources; before, they do what they do. */
int orch_signals_catch(orch_loop *loop);

/* --- sessions ------------------------------------------------------------------------
 *
 * A session is one process beside a keeper.  We hold a socket to the keeper and read the
 * files of the session's folder: `transcript`, which grows, and `exit`, the record that
 * ends it.  See keeper/protocol.h.
 */

typedef struct {
  const char *folder;         /* existing, absolute; without a transcript */
  const char *workdir;        /* absolute */
  const char *stdin_path;     /* an absolute path; NULL: the terminal */
  const char *const *argv, *const *env; /* "NAME=value" */
  size_t argc, envc;
  bool tty, stderr_file, keep, durable;
  uint16_t rows, cols;
  uint32_t interrupt_ms, terminate_ms; /* graces of the stop ladder */
  uint64_t lease_ms, deadline_ms, cap; /* 0: none */
} orch_spec;

typedef enum {
  ORCH_STATE_STARTING, /* asked for; the keeper has not told of the child yet */
  ORCH_STATE_RUNNING,
  ORCH_STATE_EXITED, /* the leader is gone; output or other processes are left */
  ORCH_STATE_ENDED,  /* there is an exit record */
  ORCH_STATE_LOST    /* no keeper and no exit record */
} orch_state;

typedef struct {
  orch_state state;
  bool owner;
  uint32_t pid;      /* of the leader; 0 before it runs */
  uint64_t bytes;    /* of the transcript */
  uint64_t queued;   /* bytes of input that the terminal has not taken */
  uint32_t accepted; /* highest ticket of orch_session_give that was queued */
  uint32_t refused;  /* highest ticket that was refused as too long a line */
  const char *record; /* the exit record, one line of JSON, once ended; else NULL */
} orch_status;

/* Ask the forker for a session; a forker is started when there is none.  Returns at once:
 * a child that cannot be started ends with a record that says so. */
int orch_session_start(orch_loop *loop, const orch_spec *spec, int64_t *handle);

/* Follow the session of a folder, living, finished or lost.  own renews its lease. */
int orch_session_attach(orch_loop *loop, const char *folder, bool own, int64_t *handle);

/* All of these return UV_EBADF for a handle that is no session. */
int orch_session_status(orch_loop *loop, int64_t handle, orch_status *out);

/* Take up to n bytes from offset of the transcript.  Return the count; 0 when nothing is
 * there yet, or nothing ever will be. */
ssize_t orch_session_take(orch_loop *loop, int64_t handle, uint64_t offset, void *buffer,
                          size_t n);

#define ORCH_GIVE_MAX 65535        /* bytes of one give: a message less its verb */
#define ORCH_GIVE_QUEUE (1 << 20)  /* bytes that may wait for the terminal */

/* Type n bytes.  UV_EAGAIN when more than ORCH_GIVE_QUEUE would wait, UV_EPIPE when the
 * session is over. */
int orch_session_give(orch_loop *loop, int64_t handle, const void *data, size_t n,
                      uint32_t *ticket);

/* Each returns UV_ESRCH when the session is over. */
int orch_session_interrupt(orch_loop *loop, int64_t handle); /* drops queued input, too */
int orch_session_kill(orch_loop *loop, int64_t handle);
#define ORCH_OWN_GRACE UINT32_MAX /* the grace that the session was started with */
int orch_session_stop(orch_loop *loop, int64_t handle, uint32_t interrupt_ms,
                      uint32_t terminate_ms);
int orch_session_resize(orch_loop *loop, int64_t handle, uint16_t rows, uint16_t cols);

/* --- files ------------------------------------------------------------------------ */

typedef struct {
  char *data; /* malloc'ed; NULL when empty */
  size_t size, capacity;
} orch_bytes;

void orch_bytes_free(orch_bytes *bytes);
int orch_bytes_reserve(orch_bytes *bytes, size_t capacity);

typedef struct {
  mode_t mode;    /* exactly, whatever the umask */
  bool exclusive; /* UV_EEXIST when there is such a file */
  bool durable;   /* sync the file and its folder */
  bool atomic;    /* all of it or the old file, also after a crash */
} orch_write_options;

/* Read up to limit bytes from offset into *out, replacing what it held.  Pipes, sockets
 * and terminals are refused with UV_EINVAL: they could block. */
int orch_file_read(const char *path, uint64_t offset, size_t limit, orch_bytes *out);

/* Read descriptor 0, whatever it is, up to limit bytes or its end. */
int orch_stdin_read(uint64_t offset, size_t limit, orch_bytes *out);

/* Nothing that writes follows a link at path itself: UV_ELOOP.  An atomic write puts its
 * file in the link's place. */
int orch_file_write(const char *path, const void *data, size_t n,
                    const orch_write_options *options);

/* Replace n bytes from offset of a file that is there.  UV_EINVAL if they are not all
 * within it. */
int orch_file_overwrite(const char *path, uint64_t offset, const void *data, size_t n);

/* Append with one write; of the options mode and durable count.  A short write is
 * truncated away again and gives UV_ENOSPC.  When it could not be synced, the bytes are
 * there and nobody knows whether they stay. */
int orch_file_append(const char *path, const void *data, size_t n,
                     const orch_write_options *options, uint64_t *size);

int orch_file_sync(const char *path); /* and the folder that holds it */
int orch_file_truncate(const char *path, uint64_t size);

/* Write all n bytes to descriptor fd, waiting when it would block. */
int orch_output(int fd, const void *data, size_t n);

typedef struct {
  const char *type; /* "file", "folder", "link", "fifo", "socket", "device" */
  uint64_t size, inode, device;
  double mtime; /* seconds since the epoch */
  uint32_t mode, uid;
} orch_stat_result;

int orch_stat(const char *path, bool follow, orch_stat_result *out);

/* The names in a folder, sorted by bytes, each ended by a NUL; *count of them. */
int orch_folder_list(const char *path, orch_bytes *out, size_t *count);

/* With parents, missing ones are made and an existing folder is no failure. */
int orch_folder_make(const char *path, mode_t mode, bool parents);

int orch_move(const char *from, const char *to, bool exclusive);

/* Remove a file, a link or an empty folder; with tree a folder and all that is in it.
 * Links are removed, never followed. */
int orch_remove(const char *path, bool tree);

int orch_link_target(const char *path, orch_bytes *out);
int orch_real_path(const char *path, orch_bytes *out); /* absolute, without links */

/* Take the lock of a file, which is made when it is missing, and write our pid into it.
 * Never waits: UV_EAGAIN when another holder lives. */
int orch_lock(orch_loop *loop, const char *path, int64_t *handle);

/* Send a signal to the living holder of a lock file; UV_ESRCH when there is none. */
int orch_lock_signal(const char *path, int signo);

/* Whether somebody holds the lock of a file: an engine, or the keeper of a transcript. */
int orch_lock_is_held(const char *path, bool *held);

/* A source that becomes ready when the file or folder at path appears, changes or goes,
 * or, for a folder, something in it.  The folder that holds path must exist. */
int orch_watch(orch_loop *loop, const char *path, int64_t *handle);

void orch_hash(const void *data, size_t n, char out[65]); /* SHA-256, in hex */

/* Copy n bytes with what is not UTF-8 replaced by U+FFFD.  Returns false, and leaves
 * *out, when all of it is valid. */
bool orch_utf8_repair(const char *text, size_t n, orch_bytes *out);

/* --- the machine and the terminal ------------------------------------------------- */

typedef struct {
  char program[ORCH_PATH_MAX]; /* orch-lua itself; empty in a stock Lua */
  char keeper[ORCH_PATH_MAX];
  char share[ORCH_PATH_MAX]; /* holds patterns/ and worker-templates/ */
  char tree[ORCH_PATH_MAX];  /* the source tree, in a build folder; else empty */
} orch_places;

/* Where the program's parts are, found from the program itself.  Ask once, at the start:
 * after an upgrade the program's file has another name. */
int orch_places_find(orch_places *out);

typedef struct {
  char name[256], user[256], folder[ORCH_PATH_MAX], home[ORCH_PATH_MAX];
  char temporary[ORCH_PATH_MAX], boot[64]; /* boot: an id that changes with each boot */
  int cpus;
} orch_machine;

int orch_host(orch_machine *out);
int orch_change_folder(const char *path); /* where relative paths begin from now on */
const char *orch_version(void);
char **orch_environment(void); /* "NAME=value" strings, ended by NULL; not ours to free */

typedef struct {
  uint64_t total, available; /* bytes, within the limit of our control group */
} orch_memory_info;

int orch_memory(orch_memory_info *out);

double orch_now(void);  /* milliseconds, monotonic */
double orch_time(void); /* seconds since the epoch */
int orch_random(void *buffer, size_t n);

/* Start the program argv[0] in a session of its own, without a terminal, with nothing to
 * read.  What it prints is appended to the file log, whose lock is held while it lives.
 * It stays when we go.  UV_EAGAIN when another program has that log. */
int orch_detach(char *const argv[], const char *log);

typedef enum { ORCH_TERMINAL_LEAVE, ORCH_TERMINAL_RAW, ORCH_TERMINAL_COOKED } orch_mode;

/* The size of the terminal at fd, UV_ENOTTY when it is none.  Raw input arrives as the
 * source ORCH_INPUT, and is read with orch_terminal_read. */
int orch_terminal(orch_loop *loop, int fd, orch_mode mode, uint16_t *rows,
                  uint16_t *cols);

/* What was typed, if the terminal is raw; UV_ENOTTY otherwise. */
int orch_terminal_read(orch_loop *loop, size_t limit, orch_bytes *out);

/* --- the watchdog --------------------------------------------------------------------
 *
 * While armed, tick() is called every 250 ms from a signal handler.  Arming is a store;
 * the timer runs only while there is something to watch.
 */

#define ORCH_TICK_MS 250

void orch_watchdog_arm(void (*tick)(void));
void orch_watchdog_disarm(void);

/* No tick comes from now on, so that the code of its handler may be unloaded. */
void orch_watchdog_stop(void);

#endif
