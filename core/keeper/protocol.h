/* protocol.h - what the engine, the forker and a keeper say to each other.
 *
 * All three are built from one tree and run on one machine, so structures travel as
 * they lie in memory; the version in a request refuses a stray older partner.  Every
 * socket is SOCK_SEQPACKET: one send is one message.
 */
#ifndef ORCH_PROTOCOL_H
#define ORCH_PROTOCOL_H

#include <stdint.h>

#define ORCH_PROTOCOL_VERSION 1

/* --- engine -> forker -------------------------------------------------------
 *
 * One message per session, with SCM_RIGHTS { the keeper's end of a socketpair [, a
 * memfd] }.  The header is followed by its strings, each ended by a NUL, in this
 * order: session folder, work folder, stdin path, argv, env.  When they would not fit
 * into a message the memfd holds them instead, from its start. */

enum {
  ORCH_TTY = 1,          /* output goes through a PTY, else through one merged pipe */
  ORCH_STDIN_TTY = 2,    /* stdin is the terminal; otherwise the file at "stdin path" */
  ORCH_STDERR_FILE = 4,  /* stderr goes to the file `stderr` of the session folder */
  ORCH_KEEP = 8,         /* processes that outlive the leader live on */
  ORCH_DURABLE = 16,     /* fsync transcript, record and folder before the end is told */
  ORCH_STRINGS_FD = 32   /* the strings are in the memfd */
};

typedef struct {
  uint32_t version;
  uint32_t id;                         /* the engine's handle; echoed in frames */
  uint32_t flags;
  uint32_t argc, envc;
  uint32_t strings;                    /* bytes of all strings, NULs included */
  uint16_t rows, cols;
  uint32_t interrupt_ms, terminate_ms; /* graces of the stop ladder */
  uint64_t lease_ms;                   /* 0: end the tree when the engine is gone */
  uint64_t deadline_ms;                /* 0: none */
  uint64_t cap;                        /* bytes of transcript kept; 0: no cap */
  uint64_t open_files;                 /* soft limit of descriptors for the child */
} orch_request;

#define ORCH_OWN_GRACE UINT32_MAX /* the grace that the session was started with */
#define ORCH_MESSAGE_MAX 65536 /* a request with strings, or one write of input */

/* --- keeper -> engine -------------------------------------------------------
 *
 * The whole state, so that a newer frame replaces an older one and any may be
 * dropped.  The end of the session is the end of the socket; then `exit` is read. */

enum {
  ORCH_STARTED = 1, /* the child runs */
  ORCH_EXITED = 2,  /* the leader is gone; output may still come */
  ORCH_CLOSED = 3   /* no more output will come */
};

typedef struct {
  uint32_t id;
  uint8_t state;
  uint8_t signal;    /* of the leader's death, 0 if it exited */
  uint8_t code;      /* of its exit */
  uint8_t owner;     /* 1 if this connection owns the session */
  uint32_t pid;      /* of the leader */
  uint32_t accepted; /* highest ticket of this connection's writes that was queued */
  uint32_t refused;  /* highest ticket refused: a line that canonical mode would cut */
  uint32_t queued;   /* bytes of input that the terminal has not taken yet */
  uint64_t bytes;    /* length of the transcript */
} orch_frame;

/* --- engine -> keeper -------------------------------------------------------
 *
 * The first byte is the verb.  Writes are numbered 1, 2, ... on each connection. */

enum {
  ORCH_WRITE = 'w',     /* + bytes to type, up to ORCH_MESSAGE_MAX - 1 */
  ORCH_RESIZE = 'z',    /* + uint16_t rows, cols */
  ORCH_INTERRUPT = 'i', /* as Ctrl-C: ahead of all queued input, which is dropped */
  ORCH_STOP = 's',      /* + uint32_t interrupt_ms, terminate_ms: the whole ladder;
                           each may be ORCH_OWN_GRACE */
  ORCH_KILL = 'k',      /* the last rung at once */
  ORCH_OWN = 'o'        /* on keeper.sock: own the session, if nobody does */
};

#endif
