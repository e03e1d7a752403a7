/* terminal.c - the user's terminal: its size, raw mode, and what is typed there. */
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Told once; then quiet until orch_terminal_read has taken what is there. */
static void on_input(uv_poll_t *poll, int status, int events) {
  (void)status, (void)events;
  orch_loop *loop = poll->data;
  uv_poll_stop(poll);
  orch_source_mark(&loop->named[ORCH_INT - ORCH_INPUT]);
}

/* Output processing stays on: what we print still needs its carriage returns. */
static struct termios raw_from(struct termios mode) {
  tcflag_t output = mode.c_oflag;
  cfmakeraw(&mode);
  mode.c_oflag = output;
  return mode;
}

/* The terminal is opened anew: O_NONBLOCK on descriptor 0 itself would also hold for the
 * shell that shares it. */
static int make_raw(orch_loop *loop, int fd) {
  if (loop->input_fd >= 0) return 0;
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int own = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (own < 0) return -errno;
  int err = tcgetattr(own, &loop->cooked) < 0 ? -errno : 0;
  if (err == 0) err = orch_poll_new(loop, own, loop, &loop->input);
  if (err < 0) {
    close(own);
    return err;
  }
  loop->input_fd = own;
  struct termios raw = raw_from(loop->cooked);
  if (tcsetattr(own, TCSANOW, &raw) < 0) err = -errno;
  if (err == 0) err = uv_poll_start(loop->input, UV_READABLE, on_input);
  if (err < 0) orch_terminal_restore(loop);
  return err;
}

void orch_terminal_restore(orch_loop *loop) {
  if (loop->input_fd < 0) return;
  tcsetattr(loop->input_fd, TCSANOW, &loop->cooked);
  orch_poll_close(&loop->input);
  close(loop->input_fd);
  loop->input_fd = -1;
}

int orch_terminal(orch_loop *loop, int fd, orch_mode mode, uint16_t *rows,
                  uint16_t *cols) {
  struct winsize size;
  if (ioctl(fd, TIOCGWINSZ, &size) < 0) return errno == EBADF ? UV_EBADF : UV_ENOTTY;
  int err = mode == ORCH_TERMINAL_RAW ? make_raw(loop, fd) : 0;
  if (err < 0) return err;
  if (mode == ORCH_TERMINAL_COOKED) orch_terminal_restore(loop);
  *rows = size.ws_row;
  *cols = size.ws_col;
  return 0;
}

int orch_terminal_read(orch_loop *loop, size_t limit, orch_bytes *out) {
  if (loop->input_fd < 0) return UV_ENOTTY;
  int err = orch_bytes_reserve(out, limit < 65536 ? limit : 65536);
  if (err < 0) return err;
  ssize_t n =
      read(loop->input_fd, out->data, limit < out->capacity ? limit : out->capacity);
  if (n < 0 && errno != EAGAIN && errno != EINTR) return -errno; /* EIO: it hung up */
  out->size = n > 0 ? (size_t)n : 0;
  return uv_poll_start(loop->input, UV_READABLE, on_input);
}
