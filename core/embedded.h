/* embedded.h - the Lua files inside the program, listed by the generated embedded.c. */
#ifndef ORCH_EMBEDDED_H
#define ORCH_EMBEDDED_H

#include <stddef.h>

typedef struct {
  const char *module; /* "orch.task"; NULL ends the list */
  const char *chunk;  /* "@lua/orch/task.lua", as tracebacks show it */
  const unsigned char *data;
  size_t size;
} orch_embedded;

extern const orch_embedded orch_embedded_files[];

#endif
