/* watch.c - a source for each path that somebody wants to hear about (inotify).
 *
 * The folder that holds the path is watched, so that the path may come and go; a folder
 * at the path is watched as well.  The kernel gives one descriptor per inode, which
 * several watches may share.
 */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum {
  EVENTS = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_ATTRIB |
           IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF
};

typedef struct {
  orch_source source;
  int outer, inner; /* the folder that holds path; path itself if a folder, else -1 */
  const char *name; /* the last part of path */
  char path[];
} orch_watched;

/* Call visit for each watch of the loop; there are few, and many sessions. */
static void each_watch(orch_loop *loop, void (*visit)(orch_watched *, void *),
                       void *data) {
  for (size_t i = 0; i < ORCH_BUCKETS; i++)
    for (orch_source *s = loop->buckets[i]; s != NULL; s = s->next_in_bucket)
      if (s->kind == ORCH_KIND_WATCH) visit((orch_watched *)s, data);
}

static void watch_inner(orch_watched *w) {
  w->inner = inotify_add_watch(w->source.loop->inotify_fd, w->path, EVENTS | IN_ONLYDIR);
}

static void hear(orch_watched *w, void *data) {
  const struct inotify_event *event = data;
  bool overflow = (event->mask & IN_Q_OVERFLOW) != 0;
  bool named =
      event->wd == w->outer && event->len > 0 && strcmp(event->name, w->name) == 0;
  bool outer_went = event->wd == w->outer && event->len == 0;
  bool inside = event->wd == w->inner && w->inner >= 0;
  if (!overflow && !named && !outer_went && !inside) return;
  if (inside && (event->mask & IN_IGNORED)) w->inner = -1;
  if (named && (event->mask & (IN_CREATE | IN_MOVED_TO))) watch_inner(w);
  orch_source_mark(&w->source);
}

static void on_inotify(uv_poll_t *poll, int status, int events) {
  (void)status, (void)events;
  orch_loop *loop = poll->data;
  char buffer[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
  ssize_t n;
  while ((n = read(loop->inotify_fd, buffer, sizeof buffer)) > 0) {
    for (char *at = buffer; at < buffer + n;) {
      struct inotify_event *event = (struct inotify_event *)(void *)at;
      each_watch(loop, hear, event);
      at += sizeof *event + event->len;
    }
  }
}

static int open_inotify(orch_loop *loop) {
  if (loop->inotify_fd >= 0) return 0;
  int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) return -errno;
  int err = orch_poll_new(loop, fd, loop, &loop->inotify);
  if (err < 0) {
    close(fd);
    return err;
  }
  loop->inotify_fd = fd;
  return uv_poll_start(loop->inotify, UV_READABLE, on_inotify);
}

/* Split path, without slashes at its end, into the folder that holds it and its name. */
static int split(orch_watched *w, const char *path, char folder[ORCH_PATH_MAX]) {
  size_t n = strlen(path);
  while (n > 1 && path[n - 1] == '/') n--;
  if (n == 0) return UV_ENOENT;
  if (n >= ORCH_PATH_MAX) return UV_ENAMETOOLONG;
  memcpy(w->path, path, n);
  const char *slash = strrchr(w->path, '/');
  w->name = slash != NULL ? slash + 1 : w->path;
  int size = slash == NULL || slash == w->path ? 1 : (int)(slash - w->path);
  snprintf(folder, ORCH_PATH_MAX, "%.*s", size, slash == NULL ? "." : w->path);
  return 0;
}

int orch_watch(orch_loop *loop, const char *path, int64_t *handle) {
  char folder[ORCH_PATH_MAX];
  int err = open_inotify(loop);
  if (err < 0) return err;
  orch_watched *w = calloc(1, sizeof *w + strlen(path) + 1);
  if (w == NULL) return UV_ENOMEM;
  w->source.loop = loop;
  err = split(w, path, folder);
  if (err == 0) {
    w->outer = inotify_add_watch(loop->inotify_fd, folder, EVENTS);
    err = w->outer < 0 ? -errno : 0;
  }
  if (err < 0) {
    free(w);
    return err;
  }
  watch_inner(w);
  orch_source_add(loop, &w->source, ORCH_KIND_WATCH);
  *handle = w->source.id;
  return 0;
}

/* --- the end of a watch ----------------------------------------------------------- */

typedef struct {
  int wd;
  bool used;
} sharing;

static void note_use(orch_watched *w, void *data) {
  sharing *s = data;
  if (w->outer == s->wd || w->inner == s->wd) s->used = true;
}

static void unwatch(orch_loop *loop, int wd) {
  sharing s = { .wd = wd };
  if (wd >= 0) each_watch(loop, note_use, &s);
  if (wd >= 0 && !s.used) inotify_rm_watch(loop->inotify_fd, wd);
}

void orch_watch_free(orch_source *source) {
  orch_watched *w = (orch_watched *)source;
  orch_source_remove(source);
  unwatch(source->loop, w->outer);
  if (w->inner != w->outer) unwatch(source->loop, w->inner);
  free(w);
}
