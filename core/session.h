/* session.h - the inside of a session, shared by session.c, input.c and follow.c. */
#ifndef ORCH_SESSION_H
#define ORCH_SESSION_H

#include "internal.h"
#include "keeper/protocol.h"

/* What we have to tell the keeper, or have told it and wait to hear that it took it. */
typedef struct orch_message orch_message;
struct orch_message {
  orch_message *next;
  uint32_t ticket; /* of a write; 0 for other verbs */
  size_t input;    /* bytes of a write that count as queued */
  size_t size;
  char bytes[]; /* as they go over the socket */
};

typedef struct {
  orch_message *first, **last;
} orch_messages;

struct orch_session {
  orch_source source; /* must be first */
  orch_state state;
  bool own; /* we want to own it */
  int fd;   /* to the keeper, -1 when there is no connection */
  uv_poll_t *poll;
  orch_frame frame;
  uint64_t bytes;
  char *record;

  uint32_t tickets, tickets_before; /* given; given on connections before this one */
  orch_messages out, sent;
  size_t waiting; /* bytes of input in both */

  orch_session *next_uncertain;
  bool uncertain;
  int pause, countdown; /* between two looks, in ticks */
  char folder[];
};

int orch_session_new(orch_loop *loop, const char *folder, orch_session **out);

/* Watch a connected socket, and send what waits for it. */
int orch_session_connect(orch_session *s, int fd);
int orch_session_watch(orch_session *s); /* for what is to be sent and received now */
void orch_session_disconnect(orch_session *s);

void orch_messages_init(orch_messages *list);
void orch_messages_clear(orch_messages *list);
void orch_session_flush(orch_session *s);  /* send what the socket takes */
void orch_session_settle(orch_session *s); /* forget writes that the last frame answers */

#endif
