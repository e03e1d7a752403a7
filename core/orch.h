/* orch.h - the whole C interface of the engine side. */
#ifndef ORCH_H
#define ORCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct orch_loop orch_loop;
int orch_loop_new(orch_loop **out);
int orch_loop_poll(orch_loop *l, int64_t timeout_ms);
void orch_loop_free(orch_loop *l);
int orch_sha256_hex(const void *data, size_t n, char out[65]);

#define ORCH_PATH_MAX 4096

/* Where the program's parts are. */
typedef struct {
  char program[ORCH_PATH_MAX]; /* orch-lua itself; empty in a stock Lua */
  char keeper[ORCH_PATH_MAX];
  char share[ORCH_PATH_MAX]; /* holds patterns/ and worker-templates/ */
  char tree[ORCH_PATH_MAX];  /* the source tree, in a build folder; else empty */
} orch_places;

int orch_places_find(orch_places *p);

#endif
