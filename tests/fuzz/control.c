/* control.c - fuzzes what engine and visitors tell a keeper, and what is typed.
 *
 * The input is a list of { kind, length (16 bit), bytes }: a message of the engine (0) or
 * of a visitor (1, 2), another visitor (5), one that leaves (6); the terminal becomes raw
 * (3) or canonical (4), or is read (7).  The end of a session is a stub here. */
#include "keeper.h" /* first: it asks for all that Linux has */
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS = 40, MOST_QUEUED = 4 << 20 };

_Alignas(ORCH_PAGE) char orch_scratch[ORCH_MESSAGE_MAX];
static orch_keeper k;
static int clients[CLIENTS], used, slave;
static uint32_t typed[CLIENTS];
static char folder[64];

int64_t orch_now(void) {
  static int64_t now;
  return ++now;
}

int64_t orch_after(int64_t now, uint64_t ms) { return now + (int64_t)(ms % 1000) * ORCH_MS; }

void orch_end_begin(orch_keeper *keeper, const char *why, uint32_t a, uint32_t b) {
  CHECK(why != NULL);
  keeper->terminate_ms = a > b ? a : b;
  keeper->phase = ORCH_INTERRUPTED;
}

void orch_end_kill(orch_keeper *keeper, const char *why) {
  CHECK(why != NULL);
  keeper->phase = ORCH_KILLING;
}

void orch_interrupt(orch_keeper *keeper) { orch_input_drop(keeper); }

/* --- the clients -------------------------------------------------------------------- */

static void clean_up(void) {
  CHECK(chdir("/") == 0);
  rmdir(folder);
}

static void set_up(void) {
  snprintf(folder, sizeof folder, "/tmp/orch-fuzz-control-%d", (int)getpid());
  CHECK(mkdtemp(strcat(folder, "-XXXXXX")) != NULL && chdir(folder) == 0);
  atexit(clean_up);
  k.output = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
  CHECK(k.output >= 0 && grantpt(k.output) == 0 && unlockpt(k.output) == 0);
  slave = open(ptsname(k.output), O_RDWR | O_NOCTTY | O_NONBLOCK);
  CHECK(slave >= 0);
}

static void set_canonical(bool canonical) {
  struct termios modes;
  CHECK(tcgetattr(slave, &modes) == 0);
  modes.c_lflag = canonical ? ICANON : 0;
  tcsetattr(slave, TCSANOW, &modes);
}

static void begin(void) {
  int ends[2], output = k.output;
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) == 0);
  tcflush(slave, TCIOFLUSH);
  set_canonical(true);
  k = (orch_keeper){ .output = output, .terminal = slave, .leader = 7 };
  k.job.request.flags = ORCH_TTY | ORCH_STDIN_TTY;
  k.job.request.lease_ms = 1000;
  orch_control_open(&k, ends[0]);
  orch_control_listen(&k);
  clients[0] = ends[1];
  used = 1;
  memset(typed, 0, sizeof typed);
}

static void visit(void) {
  struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "keeper.sock" };
  int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
  CHECK(fd >= 0);
  if (used == CLIENTS || connect(fd, (struct sockaddr *)&name, sizeof name) < 0)
    close(fd);
  else
    clients[used++] = fd;
}

static void leave(int index) {
  if (index >= used || clients[index] < 0) return;
  close(clients[index]);
  clients[index] = -1;
}

static void say(int index, const uint8_t *bytes, size_t n) {
  while (index > 0 && used <= index) visit();
  if (clients[index] < 0) return;
  bool sent = send(clients[index], bytes, n, MSG_NOSIGNAL) == (ssize_t)n;
  if (sent && n > 0 && bytes[0] == ORCH_WRITE) typed[index]++;
}

/* --- one turn of the keeper's loop, and what the clients hear -------------------------- */

static void hear(int index) {
  orch_frame frame[2];
  ssize_t n;
  while (clients[index] >= 0 && (n = recv(clients[index], frame, sizeof frame, 0)) > 0) {
    CHECK(n == (ssize_t)sizeof frame[0] && frame[0].state == ORCH_STARTED);
    CHECK(frame[0].accepted <= typed[index] && frame[0].refused <= typed[index]);
    CHECK(frame[0].queued <= MOST_QUEUED);
  }
}

static void turn(void) {
  struct pollfd set[ORCH_POLLED];
  int n = orch_control_poll(&k, set);
  CHECK(n <= ORCH_CONNECTIONS + 1);
  if (poll(set, (nfds_t)n, 0) > 0) orch_control_handle(&k, set, n);
  orch_control_send(&k);
  CHECK(k.control.count >= 0 && k.control.count <= ORCH_CONNECTIONS);
  CHECK(k.control.owner >= -1 && k.control.owner < k.control.count);
  CHECK(k.input.start <= k.input.end && k.input.end <= k.input.size);
  for (int i = 0; i < used; i++) hear(i);
}

static void act(int kind, const uint8_t *bytes, size_t n) {
  char read_back[4096];
  switch (kind % 8) {
  case 0:
  case 1:
  case 2: say(kind % 8, bytes, n); break;
  case 3: set_canonical(false); break;
  case 4: set_canonical(true); break;
  case 5: visit(); break;
  case 6: leave(n > 0 ? bytes[0] % CLIENTS : 0); break;
  case 7:
    while (read(slave, read_back, sizeof read_back) > 0) {}
    orch_input_flush(&k);
    break;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  if (folder[0] == 0) set_up();
  begin();
  while (n >= 3) {
    size_t length = data[1] | (size_t)data[2] << 8;
    int kind = data[0];
    data += 3;
    n -= 3;
    if (length > n) length = n;
    act(kind, data, length);
    turn();
    data += length;
    n -= length;
  }
  orch_control_close(&k);
  if (k.control.listener >= 0) close(k.control.listener);
  orch_input_drop(&k);
  for (int i = 0; i < used; i++) leave(i);
  return 0;
}
