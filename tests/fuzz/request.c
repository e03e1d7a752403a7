/* request.c - fuzzes the forker's reading of a request: no string leaves the message. */
#include "keeper.h" /* first: it asks for all that Linux has */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

_Alignas(ORCH_PAGE) char orch_scratch[ORCH_MESSAGE_MAX];
enum { FEW = 512 }; /* more pointers than that get a mapping of their own */

static void check_list(const orch_job *job, char **list, uint32_t count) {
  const char *first = job->strings, *end = first + job->request.strings;
  for (uint32_t i = 0; i < count; i++) {
    CHECK(list[i] >= first && list[i] < end);
    CHECK(memchr(list[i], 0, (size_t)(end - list[i])) != NULL);
  }
  CHECK(list[count] == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  orch_request request;
  orch_job job = { 0 };
  if (n < sizeof request) return 0;
  memcpy(&request, data, sizeof request);
  n -= sizeof request;
  char *strings = malloc(n > 0 ? n : 1);
  CHECK(strings != NULL);
  memcpy(strings, data + sizeof request, n);
  int memfd = -1;
  if (request.flags & ORCH_STRINGS_FD) {
    memfd = memfd_create("strings", MFD_CLOEXEC);
    CHECK(memfd >= 0 && write(memfd, strings, n) == (ssize_t)n);
  }
  int err = orch_job_read(&job, &request, strings, n, memfd);
  if (err == 0) {
    CHECK(job.folder >= job.strings && job.workdir > job.folder);
    check_list(&job, job.argv, request.argc);
    check_list(&job, job.env, request.envc);
  }
  if (job.argv != NULL && job.pointers > FEW)
    munmap(job.argv, job.pointers * sizeof(char *));
  if (memfd >= 0) {
    if (job.strings != NULL) munmap(job.strings, request.strings);
    close(memfd);
  }
  free(strings);
  return 0;
}
