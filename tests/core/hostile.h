/* hostile.h - programs that do not want to end; a test program becomes one of them when
 * it is started with its name. */
#ifndef ORCH_HOSTILE_H
#define ORCH_HOSTILE_H

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static inline void say_ready(void) {
  if (write(1, "ready\n", 6) != 6) _exit(9);
}

static inline void ignore_requests(void) {
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
}

static inline _Noreturn void stay(void) {
  for (;;) pause();
}

/* A daemon as the book has it: forked twice, a session of its own, deaf. */
static inline void start_daemon(int prepared) {
  if (fork() != 0) return;
  setsid();
  if (fork() != 0) _exit(0);
  ignore_requests();
  if (write(prepared, "d", 1) != 1) _exit(9);
  stay();
}

/* Six processes; returns when each is as it wants to be. */
static inline void start_others(void) {
  int ends[2];
  char word;
  if (pipe(ends) < 0) _exit(9);
  for (int i = 0; i < 3; ++i) start_daemon(ends[1]);
  for (int i = 0; i < 3; ++i)
    if (fork() == 0) {
      if (i == 0) signal(SIGHUP, SIG_IGN); /* as nohup does */
      if (i == 2) setpgid(0, 0);
      if (i == 2) ignore_requests();
      if (write(ends[1], "o", 1) != 1) _exit(9);
      if (i == 1) raise(SIGSTOP);
      stay();
    }
  for (int i = 0; i < 6; ++i)
    if (read(ends[0], &word, 1) != 1) _exit(9);
}

/* Fork, leave, and go on in the child, for ever. */
static inline _Noreturn void run_away(void) {
  ignore_requests();
  for (;;) {
    if (fork() != 0) _exit(0);
    setsid();
  }
}

static inline void exit_42(int number) {
  (void)number;
  _exit(42);
}

static inline void make_raw(void) {
  struct termios modes;
  tcgetattr(0, &modes);
  cfmakeraw(&modes);
  tcsetattr(0, TCSANOW, &modes);
}

/* Say how much input is there to be read. */
static inline void tell_left(int number) {
  int left = -1;
  (void)number;
  if (ioctl(0, FIONREAD, &left) < 0) _exit(9);
  const char *text = left == 0 ? "nothing left\n" : "something left\n";
  if (write(1, text, strlen(text)) < 0) _exit(9);
}

/* Does what *name* says and returns -1 if nothing goes by that name. */
static inline int hostile(const char *name) {
  if (strcmp(name, "tree") == 0) { /* all of them, beside a leader that stays */
    start_others();
    say_ready();
    stay();
  }
  if (strcmp(name, "left") == 0) { /* all of them, and the leader goes */
    start_others();
    say_ready();
    return 7;
  }
  if (strcmp(name, "deaf") == 0) {
    ignore_requests();
    say_ready();
    stay();
  }
  if (strcmp(name, "runaway") == 0) {
    if (fork() == 0) run_away();
    ignore_requests();
    say_ready();
    stay();
  }
  if (strcmp(name, "stopped") == 0) {
    signal(SIGINT, exit_42);
    say_ready();
    raise(SIGSTOP);
    stay();
  }
  if (strcmp(name, "typed") == 0) { /* ready, then asleep with a terminal in raw mode */
    make_raw();
    say_ready();
    stay();
  }
  if (strcmp(name, "looks") == 0) { /* the same, but an interrupt only makes it look */
    make_raw();
    signal(SIGINT, tell_left);
    say_ready();
    stay();
  }
  return -1;
}

#endif
