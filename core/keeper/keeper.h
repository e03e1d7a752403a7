/* keeper.h - the parts of a keeper, and what they ask of each other.
 *
 * A keeper is one forked, single-threaded process that owns one session.  It never
 * allocates from the heap, prints, or blocks in anything but its own ppoll.  Times are
 * nanoseconds of the monotonic clock; failures are negative errno values.
 */
#ifndef ORCH_KEEPER_H
#define ORCH_KEEPER_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol.h"

#define ORCH_NEVER INT64_MAX
#define ORCH_MS INT64_C(1000000)
#define ORCH_CONNECTIONS 32 /* the engine and onlookers of one session */
#define ORCH_POLLED (ORCH_CONNECTIONS + 3)

/* --- request.c: what was asked for ----------------------------------------- */

typedef struct {
  orch_request request;
  char *folder, *workdir, *input;
  char **argv, **env; /* NULL-terminated */
  char *strings;
  size_t pointers;
} orch_job;

#define ORCH_PAGE 4096 /* what fills pages of its own can be given back */

/* Take a request apart; its strings stay where they are, in *strings* or in the memfd.
 * Return 0 or a negative errno when it is not what it says. */
int orch_job_read(orch_job *job, const orch_request *request, char *strings, size_t n,
                  int memfd);
/* Give back the memory of strings and lists, once the child has its copy. */
void orch_job_forget(orch_job *job);

/* --- transcript.c: all output ---------------------------------------------- */

typedef struct {
  int fd;
  int error;        /* why nothing more is kept, a negative errno, else 0 */
  bool full;        /* at the cap where holes cannot be punched: keep the head only */
  uint64_t bytes;   /* its length; offsets stay true when the middle is punched out */
  uint64_t dropped; /* bytes punched out or never written */
  uint64_t cap, head, hole_end;
} orch_transcript;

/* Create and lock `transcript` in the current folder.  -EEXIST: somebody else's. */
int orch_transcript_open(orch_transcript *t, uint64_t cap);
/* Append, and forget the middle when the cap is passed.  After the first failure
 * t->error is set and everything is dropped. */
void orch_transcript_append(orch_transcript *t, const char *bytes, size_t n);

/* --- record.c: the end in one line ----------------------------------------- */

typedef struct {
  int fd;     /* `.exit`, its space reserved */
  int status; /* of wait, -1 when there never was a leader */
  const char *ended_by;
  int error; /* positive errno or 0 */
  const char *stage;
  uint64_t survivors, left;
  int64_t started, ended; /* ms since the epoch */
} orch_record;

int64_t orch_wall_ms(void);
/* Create `.exit` in the current folder with room for any record. */
int orch_record_reserve(orch_record *r);
/* Write the record and give it its name `exit`. */
int orch_record_write(const orch_record *r, const orch_transcript *t, bool durable);
/* Write text or a number at *at*, ended by a NUL; return where it ends. */
char *orch_put(char *at, const char *text);
char *orch_put_number(char *at, uint64_t number);

/* --- tree.c: all descendants ------------------------------------------------ */

/* The pids of our own children; the list is valid until the next call of this file. */
size_t orch_tree_children(const pid_t **list);
/* Send up to two signals (0: none) to every descendant, parents first. */
void orch_tree_signal(int first, int second);
/* Send SIGKILL to our children; their children become ours when they die. */
void orch_tree_kill(void);
/* How many descendants are alive, zombies not counted. */
size_t orch_tree_count(void);

/* --- the keeper -------------------------------------------------------------- */

typedef struct {
  int fd;
  bool dirty;   /* has not seen the newest state */
  bool blocked; /* its socket is full; poll tells when it is not */
  uint32_t ticket, accepted, refused;
} orch_connection;

typedef struct {
  int listener; /* keeper.sock, or -1 */
  int count;
  int owner; /* index into list, or -1 */
  orch_connection list[ORCH_CONNECTIONS];
  int64_t due; /* when the next frames go out at the latest */
  int64_t sent_at;
  uint64_t sent_bytes;
} orch_control;

typedef struct {
  char *data; /* a mapping, or NULL */
  size_t size, start, end;
  size_t line;      /* bytes typed since the last end of a line */
  int64_t retry_at; /* when to try again though poll said nothing */
} orch_input;

typedef enum {
  ORCH_RUNNING,
  ORCH_LINGERING,   /* the leader is gone, others get a short grace */
  ORCH_INTERRUPTED, /* the rungs of the ladder */
  ORCH_TERMINATED,
  ORCH_HUNG_UP,
  ORCH_KILLING,
  ORCH_GIVEN_UP
} orch_phase;

typedef struct {
  orch_job job;
  orch_record record;
  orch_transcript transcript;
  orch_control control;
  orch_input input;
  orch_phase phase;
  pid_t leader;
  bool exited;  /* the leader was reaped */
  bool empty;   /* there is no child left */
  bool failed;  /* the end for a full disk has begun */
  int output;   /* PTY master or read end of the pipe; -1 once closed */
  int terminal; /* the slave, held so that the terminal never hangs up; -1: a pipe */
  int signals;  /* signalfd */
  uint32_t terminate_ms;
  int64_t rung_at, kill_at, give_up_at;
  int64_t deadline_at, lease_at, socket_at;
} orch_keeper;

int64_t orch_now(void);
/* The time *ms* milliseconds after *now*, ORCH_NEVER if that cannot be said. */
int64_t orch_after(int64_t now, uint64_t ms);

/* keeper.c */
_Noreturn void orch_keeper_run(const orch_request *request, char *strings, size_t n,
                               int engine, int memfd);
void orch_keeper_reap(orch_keeper *k);
/* 64 KiB that anyone may use between two calls of poll. */
extern _Alignas(ORCH_PAGE) char orch_scratch[ORCH_MESSAGE_MAX];

/* spawn.c: open terminal or pipe, start the child.  On failure stage says where. */
int orch_spawn(orch_keeper *k, const char **stage);

/* ending.c: how a session ends */
void orch_end_begin(orch_keeper *k, const char *why, uint32_t interrupt_ms,
                    uint32_t terminate_ms);
void orch_end_kill(orch_keeper *k, const char *why);
void orch_end_leader_gone(orch_keeper *k);
void orch_end_step(orch_keeper *k, int64_t now);
/* Ctrl-C: to the terminal's foreground group, or to the leader's group. */
void orch_interrupt(orch_keeper *k);

/* input.c: what is typed */
/* Queue bytes for the terminal.  False, and nothing is queued, when there is no
 * terminal to type at or canonical mode would cut a line. */
bool orch_input_push(orch_keeper *k, const char *bytes, size_t n);
void orch_input_flush(orch_keeper *k);
void orch_input_drop(orch_keeper *k);
size_t orch_input_queued(const orch_keeper *k);

/* control.c: the engine and other visitors */
void orch_control_open(orch_keeper *k, int engine);
void orch_control_listen(orch_keeper *k);
/* The state has changed: tell at once, or within a few milliseconds. */
void orch_control_changed(orch_keeper *k);
void orch_control_soon(orch_keeper *k);
int orch_control_poll(const orch_keeper *k, struct pollfd *set);
void orch_control_handle(orch_keeper *k, const struct pollfd *set, int n);
void orch_control_send(orch_keeper *k);
void orch_control_close(orch_keeper *k);

#endif
