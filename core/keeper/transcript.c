/* transcript.c - the file that all output is appended to.
 *
 * Its lock says that the keeper lives.  Past the cap the head and the newest tail are
 * kept; the middle becomes a hole, so that every offset ever told stays true.
 */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

enum { BLOCK = 4096 };
static const uint64_t widest_step = UINT64_C(4) << 20;

static uint64_t whole_blocks(uint64_t bytes) { return bytes - bytes % BLOCK; }

int orch_transcript_open(orch_transcript *t, uint64_t cap) {
  t->fd = open("transcript", O_CREAT | O_EXCL | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (t->fd < 0) return -errno;
  /* Somebody who only looks whether we live may hold it for an instant: wait. */
  while (flock(t->fd, LOCK_EX) < 0)
    if (errno != EINTR) return -errno;
  t->cap = cap;
  t->head = t->hole_end = whole_blocks(cap / 2);
  return 0;
}

/* Forget the oldest of the tail, a step at a time so that it is not done for every
 * write: what is kept swings between the cap and a sixteenth below it. */
static void punch(orch_transcript *t) {
  uint64_t step = whole_blocks(t->cap / 16 + BLOCK - 1);
  if (step > widest_step) step = widest_step;
  uint64_t room = t->cap - t->head;
  uint64_t keep = room > step ? room - step : 0;
  uint64_t end = whole_blocks(t->bytes - keep);
  if (end <= t->hole_end) return;
  if (fallocate(t->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)t->hole_end,
                (off_t)(end - t->hole_end)) < 0) {
    t->full = true;
    return;
  }
  t->dropped += end - t->hole_end;
  t->hole_end = end;
}

void orch_transcript_append(orch_transcript *t, const char *bytes, size_t n) {
  while (n > 0 && t->error == 0 && !t->full) {
    ssize_t written = write(t->fd, bytes, n);
    if (written < 0) {
      if (errno != EINTR) t->error = -errno;
      continue;
    }
    bytes += written;
    n -= (size_t)written;
    t->bytes += (uint64_t)written;
  }
  t->dropped += n;
  uint64_t kept = t->bytes - (t->hole_end - t->head);
  if (t->cap > 0 && kept > t->cap && t->bytes > t->hole_end && !t->full) punch(t);
}
