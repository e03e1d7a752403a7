/* signals.c - INT, TERM, HUP and WINCH as sources of the loop. */
#include "internal.h"

#include <signal.h>

static const int caught[4] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH }; /* as ORCH_INT .. */

static void on_signal(uv_signal_t *handle, int signo) {
  orch_loop *loop = handle->data;
  for (int i = 0; i < 4; i++)
    if (caught[i] == signo) orch_source_mark(&loop->named[i]);
}

int orch_signals_catch(orch_loop *loop) {
  if (loop->catching) return 0;
  for (int i = 0; i < 4; i++) {
    uv_signal_init(&loop->uv, &loop->signals[i]);
    loop->signals[i].data = loop;
    uv_signal_start(&loop->signals[i], on_signal, caught[i]);
    uv_unref((uv_handle_t *)&loop->signals[i]);
  }
  loop->catching = true;
  return 0;
}
