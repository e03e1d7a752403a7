/* ending.c - how a session ends: by itself, or down a ladder that leaves nobody.
 *
 *   interrupt   the foreground group, as Ctrl-C does        then interrupt_ms
 *   terminate   every descendant, woken if it was stopped   then terminate_ms
 *   kill        our children in a loop, orphans becoming ours, until there are none
 *
 * When the leader goes by itself, what it left behind gets a short grace and the last
 * two rungs.  An interactive shell ignores SIGTERM; on the way it is hung up on.
 */
#include "keeper.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum {
  LINGER_MS = 250,   /* for what outlived the leader, before it is terminated */
  GOODBYE_MS = 100,  /* for the same, before it is killed */
  HANG_UP_MS = 200,  /* after SIGTERM, for an interactive session */
  GIVE_UP_MS = 5000, /* of SIGKILL: what is alive then does not obey it */
  AGAIN_MS = 10,     /* between passes of the kill loop if no death wakes us */
  PASSES = 8         /* of the kill loop in one go, to outrun what forks away */
};

static void interrupt_group(const orch_keeper *k) {
  if (k->terminal >= 0)
    ioctl(k->output, TIOCSIG, SIGINT);
  else if (!k->exited)
    kill(-k->leader, SIGINT);
  else /* the leader's number may be another's by now */
    orch_tree_signal(SIGINT, 0);
}

void orch_interrupt(orch_keeper *k) {
  orch_input_drop(k);
  if (k->terminal >= 0) {
    struct termios modes;
    if (tcgetattr(k->terminal, &modes) == 0 && !(modes.c_lflag & NOFLSH)) {
      ioctl(k->output, TCFLSH, TCOFLUSH);   /* on its way to the terminal */
      ioctl(k->terminal, TCFLSH, TCIFLUSH); /* there, but not read */
      k->input.line = 0;
    }
  }
  interrupt_group(k);
}

static void wait_until(orch_keeper *k, orch_phase phase, int64_t at) {
  k->phase = phase;
  k->rung_at = at;
}

static void count_left(orch_keeper *k) {
  if (!k->exited) return;
  size_t alive = orch_tree_count();
  if (alive > k->record.left) k->record.left = alive;
}

static void kill_pass(orch_keeper *k, int64_t now) {
  for (int i = 0; i < PASSES && !k->empty; ++i) {
    orch_tree_kill();
    orch_keeper_reap(k);
  }
  k->rung_at = orch_after(now, AGAIN_MS);
  if (k->empty || now < k->give_up_at) return;
  k->record.survivors = orch_tree_count();
  k->phase = ORCH_GIVEN_UP;
}

static void begin_killing(orch_keeper *k, int64_t now) {
  count_left(k);
  k->phase = ORCH_KILLING;
  if (!k->exited) kill(-k->leader, SIGKILL); /* all there is where /proc is missing */
  k->give_up_at = orch_after(now, GIVE_UP_MS);
  kill_pass(k, now);
}

static void begin_terminating(orch_keeper *k, int64_t now, uint32_t grace_ms) {
  bool typed = (k->job.request.flags & ORCH_STDIN_TTY) && !k->exited;
  count_left(k);
  orch_tree_signal(SIGTERM, SIGCONT);
  k->kill_at = orch_after(now, grace_ms);
  int64_t hang_up_at = orch_after(now, HANG_UP_MS);
  wait_until(k, ORCH_TERMINATED,
             typed && hang_up_at < k->kill_at ? hang_up_at : k->kill_at);
}

void orch_end_kill(orch_keeper *k, const char *why) {
  if (k->phase == ORCH_RUNNING) k->record.ended_by = why;
  if (k->phase < ORCH_KILLING) begin_killing(k, orch_now());
}

void orch_end_begin(orch_keeper *k, const char *why, uint32_t interrupt_ms,
                    uint32_t terminate_ms) {
  if (k->phase != ORCH_RUNNING) { /* asked again: no more patience */
    orch_end_kill(k, why);
    return;
  }
  k->record.ended_by = why;
  k->terminate_ms = terminate_ms;
  orch_input_drop(k);
  interrupt_group(k);
  orch_tree_signal(SIGCONT, 0); /* a stopped process takes the signal when it goes on */
  wait_until(k, ORCH_INTERRUPTED, orch_after(orch_now(), interrupt_ms));
}

void orch_end_leader_gone(orch_keeper *k) {
  if (k->job.request.flags & ORCH_KEEP) return;
  int64_t at = orch_after(orch_now(), LINGER_MS);
  if (k->phase == ORCH_RUNNING)
    wait_until(k, ORCH_LINGERING, at);
  else if (k->phase == ORCH_INTERRUPTED && at < k->rung_at)
    k->rung_at = at; /* the others never got the interrupt */
}

void orch_end_step(orch_keeper *k, int64_t now) {
  if (now < k->rung_at) return;
  switch (k->phase) {
  case ORCH_LINGERING: begin_terminating(k, now, GOODBYE_MS); break;
  case ORCH_INTERRUPTED: begin_terminating(k, now, k->terminate_ms); break;
  case ORCH_TERMINATED:
    if (now >= k->kill_at) {
      begin_killing(k, now);
    } else {
      if (!k->exited) kill(k->leader, SIGHUP);
      wait_until(k, ORCH_HUNG_UP, k->kill_at);
    }
    break;
  case ORCH_HUNG_UP: begin_killing(k, now); break;
  case ORCH_KILLING: kill_pass(k, now); break;
  default: k->rung_at = ORCH_NEVER;
  }
}
