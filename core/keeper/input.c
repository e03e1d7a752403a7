/* input.c - what is typed at the terminal, queued while the program does not read. */
#include "keeper.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4095, RETRY_MS = 1000 };
static const size_t smallest = 64 << 10, largest = 4 << 20;

static bool is(cc_t special, char byte) {
  return special != _POSIX_VDISABLE && (cc_t)byte == special;
}

static bool ends_line(const struct termios *modes, char byte) {
  const cc_t *cc = modes->c_cc;
  if (byte == '\n') return true;
  if (byte == '\r') return modes->c_iflag & ICRNL;
  return is(cc[VEOF], byte) || is(cc[VEOL], byte) || is(cc[VEOL2], byte) ||
         is(cc[VKILL], byte);
}

/* The kernel silently cuts a canonical line that is longer, counting what is typed
 * already.  On success *line* becomes the length of the line that is open then. */
static bool fits(const struct termios *modes, size_t *line, const char *bytes, size_t n) {
  size_t length = *line;
  for (size_t i = 0; i < n; ++i) {
    if (ends_line(modes, bytes[i]))
      length = 0;
    else if (++length > LINE_MAX_BYTES)
      return false;
  }
  *line = length;
  return true;
}

/* Make room for n more bytes at the end of the queue. */
static bool reserve(orch_input *in, size_t n) {
  size_t held = in->end - in->start;
  if (in->size - in->end >= n) return true;
  if (in->start > 0) {
    memmove(in->data, in->data + in->start, held);
    in->start = 0;
    in->end = held;
  }
  if (in->size - held >= n) return true;
  size_t size = in->size ? in->size : smallest;
  while (size - held < n) size *= 2;
  if (size > largest) return false;
  void *data = in->data ? mremap(in->data, in->size, size, MREMAP_MAYMOVE)
                        : mmap(NULL, size, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) return false;
  in->data = data;
  in->size = size;
  return true;
}

/* Also where stdin is a file: a tool may open the terminal to ask for a password. */
bool orch_input_push(orch_keeper *k, const char *bytes, size_t n) {
  orch_input *in = &k->input;
  struct termios modes;
  if (!(k->job.request.flags & ORCH_TTY) || k->output < 0) return false;
  if (k->phase != ORCH_RUNNING || tcgetattr(k->terminal, &modes) < 0) return false;
  size_t line = in->line;
  if (!(modes.c_lflag & ICANON))
    line = 0;
  else if (!fits(&modes, &line, bytes, n))
    return false;
  if (!reserve(in, n)) return false;
  if (n > 0) memcpy(in->data + in->end, bytes, n); /* an empty one may find no queue */
  in->end += n;
  in->line = line;
  orch_input_flush(k);
  return true;
}

void orch_input_flush(orch_keeper *k) {
  orch_input *in = &k->input;
  in->retry_at = ORCH_NEVER;
  if (in->start == in->end) return;
  while (in->start < in->end) {
    ssize_t n = write(k->output, in->data + in->start, in->end - in->start);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    in->start += (size_t)n;
    orch_control_soon(k);
  }
  if (in->start < in->end)
    in->retry_at = orch_after(orch_now(), RETRY_MS);
  else if (in->size > smallest)
    orch_input_drop(k); /* give a big queue's memory back */
  else
    in->start = in->end = 0;
}

void orch_input_drop(orch_keeper *k) {
  orch_input *in = &k->input;
  size_t line = in->start == in->end ? in->line : 0;
  if (in->start < in->end) orch_control_changed(k);
  if (in->data != NULL) munmap(in->data, in->size);
  *in = (orch_input){ .retry_at = ORCH_NEVER, .line = line };
}

size_t orch_input_queued(const orch_keeper *k) { return k->input.end - k->input.start; }
