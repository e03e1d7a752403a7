/* request.c - a request as it came from the engine, taken apart without copying. */
#include "keeper.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { FEW = 512 };
/* Enough for nearly every argv and environment. */
static _Alignas(ORCH_PAGE) char *few[FEW];

static char **room_for(size_t pointers) {
  if (pointers <= FEW) return few;
  void *room = mmap(NULL, pointers * sizeof(char *), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return room == MAP_FAILED ? NULL : room;
}

/* Map the strings of a memfd.  Reading past its end would be a SIGBUS, so look first. */
static char *map_strings(int memfd, size_t n) {
  struct stat status;
  if (memfd < 0 || fstat(memfd, &status) < 0) return NULL;
  if (status.st_size < 0 || (uint64_t)status.st_size < n) return NULL;
  void *map = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE, memfd, 0);
  return map == MAP_FAILED ? NULL : map;
}

static char *next(char **at, const char *end) {
  char *text = *at;
  if (text == NULL || text >= end) return NULL; /* NULL: the one before had no end */
  *at = memchr(text, '\0', (size_t)(end - text));
  if (*at == NULL) return NULL;
  ++*at;
  return text;
}

static int fill(char **list, uint32_t count, char **at, const char *end) {
  for (uint32_t i = 0; i < count; ++i)
    if ((list[i] = next(at, end)) == NULL) return -EBADMSG;
  list[count] = NULL;
  return 0;
}

int orch_job_read(orch_job *job, const orch_request *request, char *strings, size_t n,
                  int memfd) {
  size_t bytes = request->strings;
  if (request->flags & ORCH_STRINGS_FD)
    strings = map_strings(memfd, bytes);
  else if (n < bytes)
    return -EBADMSG;
  if (strings == NULL) return -EBADMSG;
  if (request->argc > bytes || request->envc > bytes) return -EBADMSG;

  char *at = strings, *end = strings + bytes;
  job->request = *request;
  job->strings = strings;
  job->folder = next(&at, end);
  job->workdir = next(&at, end);
  job->input = next(&at, end);
  if (job->input == NULL) return -EBADMSG;

  job->pointers = (size_t)request->argc + request->envc + 2;
  char **list = room_for(job->pointers);
  if (list == NULL) return -ENOMEM;
  job->argv = list;
  job->env = list + request->argc + 1;
  int error = fill(job->argv, request->argc, &at, end);
  return error ? error : fill(job->env, request->envc, &at, end);
}

static void give_back(void *from, size_t n) {
  size_t before = (uintptr_t)from % ORCH_PAGE;
  if (getauxval(AT_PAGESZ) != ORCH_PAGE) return; /* a bigger one may hold neighbours */
  madvise((char *)from - before, before + n, MADV_DONTNEED);
}

void orch_job_forget(orch_job *job) {
  give_back(job->strings, job->request.strings);
  give_back(job->argv, job->pointers * sizeof(char *));
  give_back(orch_scratch, sizeof orch_scratch);
  job->folder = job->workdir = job->input = NULL;
  job->argv = job->env = NULL;
}
