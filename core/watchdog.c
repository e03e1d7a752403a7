/* watchdog.c - a tick from a signal handler while something may compute for too long.
 *
 * Arming is a store.  The interval timer starts with the first arming, and stops itself
 * at a tick that finds nothing armed, so an idle engine sleeps undisturbed.
 */
#include "orch.h"

#include <errno.h>
#include <signal.h>
#include <sys/time.h>

static void (*volatile watching)(void);
static volatile sig_atomic_t ticking;

static void set_timer(int every_ms) {
  struct itimerval timer = { .it_interval.tv_usec = every_ms * 1000,
                             .it_value.tv_usec = every_ms * 1000 };
  setitimer(ITIMER_REAL, &timer, NULL);
}

static void on_tick(int signo) {
  (void)signo;
  int saved = errno;
  void (*tick)(void) = watching;
  if (tick != NULL) {
    tick();
  } else {
    ticking = 0;
    set_timer(0);
  }
  errno = saved;
}

/* ticking is set before the timer: a tick in between cannot leave it set without one. */
void orch_watchdog_arm(void (*tick)(void)) {
  watching = tick;
  if (ticking) return;
  ticking = 1;
  struct sigaction action = { .sa_handler = on_tick, .sa_flags = SA_RESTART };
  sigemptyset(&action.sa_mask);
  sigaction(SIGALRM, &action, NULL);
  set_timer(ORCH_TICK_MS);
}

void orch_watchdog_disarm(void) { watching = NULL; }

/* A tick that is on its way when the timer stops must find nobody, rather than our code:
 * that may be unloaded by then. */
void orch_watchdog_stop(void) {
  watching = NULL;
  if (!ticking) return;
  set_timer(0);
  signal(SIGALRM, SIG_IGN);
  ticking = 0;
}
