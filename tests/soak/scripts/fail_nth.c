/* fail_nth.c - preloaded: the allocation number FAIL_AT fails, and with FAIL_ON=1 all after
 * it.  At the end the number of allocations goes to descriptor 9, if there is one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t count, size_t n);
void *__libc_realloc(void *old, size_t n);

static unsigned long made, fail_at;
static int fail_on;

__attribute__((constructor)) static void begin(void) {
  const char *at = getenv("FAIL_AT");
  fail_at = at != NULL ? strtoul(at, NULL, 10) : 0;
  fail_on = getenv("FAIL_ON") != NULL;
  made = 0;
}

__attribute__((destructor)) static void end(void) {
  if (fail_at == 0) dprintf(9, "%lu\n", made);
}

static int fails(void) {
  made++;
  if (fail_at == 0 || (fail_on ? made < fail_at : made != fail_at)) return 0;
  errno = ENOMEM;
  return 1;
}

void *malloc(size_t n) { return fails() ? NULL : __libc_malloc(n); }
void *calloc(size_t count, size_t n) { return fails() ? NULL : __libc_calloc(count, n); }
void *realloc(void *old, size_t n) { return fails() ? NULL : __libc_realloc(old, n); }
