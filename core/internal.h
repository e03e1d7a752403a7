/* internal.h - shared by the engine's files, and by nobody else. */
#ifndef ORCH_INTERNAL_H
#define ORCH_INTERNAL_H

#include "orch.h"

#include <termios.h>
#include <uv.h>

enum { ORCH_BUCKETS = 1024 }; /* a power of two: handles count up and spread evenly */

typedef enum {
  ORCH_KIND_NAMED, /* INT .. INPUT: no handle */
  ORCH_KIND_SESSION,
  ORCH_KIND_WATCH,
  ORCH_KIND_LOCK
} orch_kind;

typedef struct orch_source orch_source;

/* The first member of every object that has a handle or can become ready. */
struct orch_source {
  orch_loop *loop;
  int64_t id;
  orch_kind kind;
  bool ready;
  orch_source *next_ready;     /* in the ready queue */
  orch_source *next_in_bucket; /* among the handles */
};

typedef struct orch_session orch_session;
typedef struct orch_launch orch_launch; /* a request that the forker has not taken yet */

typedef struct {
  char keeper[ORCH_PATH_MAX];
  int fd;    /* its socket, -1 without a forker */
  pid_t pid; /* not reaped yet, else 0 */
  uv_poll_t *writable; /* while requests wait, else NULL */
  orch_launch *first, **last;
} orch_forker;

struct orch_loop {
  uv_loop_t uv;
  uv_timer_t alarm;    /* bounds one poll */
  uv_timer_t retry;    /* looks again at sessions whose end is not certain yet */
  uv_prepare_t awake;  /* keeps uv_run waiting when nothing else is there */
  uv_signal_t signals[4];
  bool alarm_rang, catching;
  orch_source named[5]; /* INT .. INPUT */
  orch_source *first_ready, **last_ready;
  orch_source *buckets[ORCH_BUCKETS];
  uint32_t last_handle;
  uint64_t open_files;
  orch_forker forker;
  orch_session *uncertain; /* linked by next_uncertain */
  uv_poll_t *inotify;      /* see watch.c */
  int inotify_fd;
  uv_poll_t *input;        /* see terminal.c */
  int input_fd;
  struct termios cooked;
};

/* Give source its handle and enter it; the caller has zeroed it. */
void orch_source_add(orch_loop *loop, orch_source *source, orch_kind kind);
void orch_source_mark(orch_source *source);   /* enter the ready queue, once */
void orch_source_remove(orch_source *source); /* leave queue and handles */
orch_source *orch_source_find(orch_loop *loop, int64_t handle, orch_kind kind);

/* A poll handle on its own heap block, freed when libuv lets go of it. */
int orch_poll_new(orch_loop *loop, int fd, void *data, uv_poll_t **out);
void orch_poll_close(uv_poll_t **poll);

/* Hand a request for spec to the forker, with the keeper's end of a socket pair. */
int orch_forker_launch(orch_loop *loop, const orch_spec *spec, uint32_t id,
                       int keeper_end);
void orch_forker_close(orch_loop *loop);

void orch_session_free(orch_session *s);

/* Connect to the keeper of an attached or broken off session, or find that it is over. */
void orch_session_probe(orch_session *s);

void orch_watch_free(orch_source *source);
void orch_lock_free(orch_source *source);
void orch_terminal_restore(orch_loop *loop);

#endif
