/* replay.c - runs a fuzzer without libFuzzer: FOLDER MILLISECONDS.
 *
 * Every input of the folder, then mutations of them from a fixed seed, in one order.  An
 * input that fails or takes 10 seconds is left in the file `failed-input`. */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SEEDS = 64, LARGEST = 16384, PATIENCE = 10 };

static struct {
  uint8_t *data;
  size_t n;
} seeds[SEEDS];
static size_t count;
static uint8_t input[LARGEST];
static size_t size;
static uint64_t state = 88172645463325252u;
static int here; /* where we began: a fuzzer may go elsewhere */

static size_t chance(size_t n) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return n == 0 ? 0 : (size_t)(state % n);
}

/* The sanitizers ask these for their options: to end by SIGABRT, so that we hear of it. */
#define ASKED __attribute__((visibility("default")))
ASKED const char *__asan_default_options(void);
ASKED const char *__asan_default_options(void) { return "abort_on_error=1"; }
ASKED const char *__ubsan_default_options(void);
ASKED const char *__ubsan_default_options(void) { return "abort_on_error=1"; }

static void on_end(int signo) {
  int fd = openat(here, "failed-input", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd >= 0 && write(fd, input, size) >= 0) close(fd);
  signal(signo, SIG_DFL);
  raise(signo);
}

static void run(void) {
  uint8_t *copy = malloc(size > 0 ? size : 1); /* exact: reading past it is seen */
  if (copy == NULL) abort();
  memcpy(copy, input, size);
  alarm(PATIENCE);
  LLVMFuzzerTestOneInput(copy, size);
  free(copy);
}

static void load(const char *folder, const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *f = fopen(path, "rb");
  uint8_t *data = malloc(LARGEST);
  if (f == NULL || data == NULL) abort();
  seeds[count].n = fread(data, 1, LARGEST, f);
  seeds[count++].data = data;
  fclose(f);
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static void load_all(const char *folder) {
  struct dirent **names;
  int n = scandir(folder, &names, NULL, by_bytes);
  for (int i = 0; i < n; i++) {
    if (names[i]->d_name[0] != '.' && count < SEEDS) load(folder, names[i]->d_name);
    free(names[i]);
  }
  if (n > 0) free(names);
  CHECK(count > 0);
}

/* Put n bytes in the place of old ones at *at*. */
static void put(size_t at, size_t old, const uint8_t *bytes, size_t n) {
  static uint8_t tail[LARGEST];
  size_t rest = size - at - old;
  memcpy(tail, input + at + old, rest);
  if (at + n > LARGEST) n = LARGEST - at;
  if (at + n + rest > LARGEST) rest = LARGEST - at - n;
  memcpy(input + at, bytes, n);
  memcpy(input + at + n, tail, rest);
  size = at + n + rest;
}

static void mutate(void) {
  static const uint8_t odd[] = { 0, 1, 0x7f, 0x80, 0xff, '"', '\\', '{', '[', '\n', 'w' };
  static uint8_t many[512];
  size_t at = chance(size + 1), n = chance(size - at + 1);
  size_t other = chance(count);
  switch (chance(6)) {
  case 0:
    if (at < size) input[at] ^= (uint8_t)(1u << chance(8));
    break;
  case 1: put(at, n > 0, &odd[chance(sizeof odd)], 1); break;
  case 2: put(at, chance(n + 1) % 16, odd, 0); break;
  case 3:
    memset(many, odd[chance(sizeof odd)], sizeof many);
    put(at, 0, many, chance(sizeof many));
    break;
  case 4:
    if (n > sizeof many) n = sizeof many;
    memcpy(many, input + at, n);
    put(chance(size + 1), 0, many, n);
    break;
  case 5: put(at, size - at, seeds[other].data, seeds[other].n); break;
  }
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int main(int argc, char **argv) {
  CHECK(argc == 3);
  here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  signal(SIGABRT, on_end);
  signal(SIGALRM, on_end);
  load_all(argv[1]);
  for (size_t i = 0; i < count; i++) {
    size = seeds[i].n;
    memcpy(input, seeds[i].data, size);
    run();
  }
  long runs = 0;
  for (int64_t end = now_ms() + atol(argv[2]); now_ms() < end; runs++) {
    size_t seed = chance(count);
    size = seeds[seed].n;
    memcpy(input, seeds[seed].data, size);
    for (size_t i = chance(6) + 1; i > 0; i--) mutate();
    run();
  }
  printf("%zu inputs, %ld mutations\n", count, runs);
  for (size_t i = 0; i < count; i++) free(seeds[i].data);
  close(here);
  return 0;
}
