/* folders.c - what is in a folder, and making, moving and removing it. */
#define _GNU_SOURCE
#include "orch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

static const char *type_of(mode_t mode) {
  switch (mode & S_IFMT) {
  case S_IFREG: return "file";
  case S_IFDIR: return "folder";
  case S_IFLNK: return "link";
  case S_IFIFO: return "fifo";
  case S_IFSOCK: return "socket";
  default: return "device";
  }
}

int orch_stat(const char *path, bool follow, orch_stat_result *out) {
  struct stat st;
  if ((follow ? stat(path, &st) : lstat(path, &st)) < 0) return -errno;
  out->type = type_of(st.st_mode);
  out->size = (uint64_t)st.st_size;
  out->mtime = (double)st.st_mtim.tv_sec + (double)st.st_mtim.tv_nsec / 1e9;
  out->mode = st.st_mode & 07777;
  out->uid = st.st_uid;
  out->inode = st.st_ino;
  out->device = st.st_dev;
  return 0;
}

int orch_link_target(const char *path, orch_bytes *out) {
  int err = orch_bytes_reserve(out, ORCH_PATH_MAX);
  if (err < 0) return err;
  ssize_t n = readlink(path, out->data, ORCH_PATH_MAX);
  if (n < 0) return -errno;
  out->size = (size_t)n;
  return 0;
}

int orch_real_path(const char *path, orch_bytes *out) {
  int err = orch_bytes_reserve(out, ORCH_PATH_MAX);
  if (err < 0) return err;
  if (realpath(path, out->data) == NULL) return -errno;
  out->size = strlen(out->data);
  return 0;
}

/* --- listing ---------------------------------------------------------------------- */

static bool is_dots(const char *name) {
  return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

static int append_name(orch_bytes *out, const char *name) {
  size_t n = strlen(name) + 1;
  if (out->size + n > out->capacity) {
    int err = orch_bytes_reserve(out, (out->capacity + n) * 2 + 1024);
    if (err < 0) return err;
  }
  memcpy(out->data + out->size, name, n);
  out->size += n;
  return 0;
}

static int read_names(DIR *folder, orch_bytes *out, size_t *count) {
  out->size = *count = 0;
  for (;;) {
    errno = 0;
    const struct dirent *entry = readdir(folder);
    if (entry == NULL) return -errno;
    if (is_dots(entry->d_name)) continue;
    int err = append_name(out, entry->d_name);
    if (err < 0) return err;
    ++*count;
  }
}

static int compare_names(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int sort_names(orch_bytes *names, size_t count) {
  if (count < 2) return 0;
  char **order = malloc(count * sizeof *order);
  char *sorted = malloc(names->size);
  if (order == NULL || sorted == NULL) {
    free(order);
    free(sorted);
    return UV_ENOMEM;
  }
  char *at = names->data;
  for (size_t i = 0; i < count; i++, at += strlen(at) + 1) order[i] = at;
  qsort(order, count, sizeof *order, compare_names);
  at = sorted;
  for (size_t i = 0; i < count; i++) at = stpcpy(at, order[i]) + 1;
  memcpy(names->data, sorted, names->size);
  free(order);
  free(sorted);
  return 0;
}

int orch_folder_list(const char *path, orch_bytes *out, size_t *count) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return -errno;
  DIR *folder = fdopendir(fd);
  if (folder == NULL) {
    int err = -errno;
    close(fd);
    return err;
  }
  size_t found;
  int err = read_names(folder, out, &found);
  closedir(folder);
  if (err == 0) err = sort_names(out, found);
  if (err == 0) *count = found;
  return err;
}

/* --- making, moving, removing ----------------------------------------------------- */

static bool is_folder(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int make_parents(const char *path, mode_t mode) {
  char part[ORCH_PATH_MAX];
  if (strlen(path) >= sizeof part) return UV_ENAMETOOLONG;
  strcpy(part, path);
  for (char *slash = part + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
    *slash = 0;
    if (mkdir(part, mode) < 0 && errno != EEXIST && !is_folder(part)) return -errno;
    *slash = '/';
  }
  return 0;
}

int orch_folder_make(const char *path, mode_t mode, bool parents) {
  if (mkdir(path, mode) == 0) return 0;
  int err = -errno;
  if (!parents) return err;
  if (err == UV_EEXIST) return is_folder(path) ? 0 : err;
  if (err != UV_ENOENT) return err;
  err = make_parents(path, mode);
  if (err < 0 || mkdir(path, mode) == 0) return err;
  return errno == EEXIST && is_folder(path) ? 0 : -errno;
}

/* Where the file system knows no RENAME_NOREPLACE, a link refuses an existing name. */
static int move_by_link(const char *from, const char *to) {
  if (link(from, to) < 0) return -errno;
  return unlink(from) < 0 ? -errno : 0;
}

int orch_move(const char *from, const char *to, bool exclusive) {
  if (!exclusive) return rename(from, to) < 0 ? -errno : 0;
  if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
  return errno == EINVAL || errno == ENOSYS ? move_by_link(from, to) : -errno;
}

static int remove_tree(int parent, const char *name);

static int remove_entries(DIR *folder) {
  int first = 0;
  for (;;) {
    errno = 0;
    const struct dirent *entry = readdir(folder);
    if (entry == NULL) return first < 0 ? first : -errno;
    if (is_dots(entry->d_name)) continue;
    int err = remove_tree(dirfd(folder), entry->d_name);
    if (err < 0 && err != UV_ENOENT && first == 0) first = err; /* go on with the rest */
  }
}

/* By descriptors, so that nobody can swap a folder for a link on the way. */
static int remove_tree(int parent, const char *name) {
  if (unlinkat(parent, name, 0) == 0) return 0;
  if (errno != EISDIR && errno != EPERM) return -errno;
  int why = -errno;
  int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return errno == ENOTDIR ? why : -errno;
  DIR *folder = fdopendir(fd);
  if (folder == NULL) {
    close(fd);
    return UV_ENOMEM;
  }
  int err = remove_entries(folder);
  closedir(folder);
  if (err < 0) return err;
  return unlinkat(parent, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int orch_remove(const char *path, bool tree) {
  if (tree) return remove_tree(AT_FDCWD, path);
  if (unlink(path) == 0) return 0;
  if (errno != EISDIR && errno != EPERM) return -errno;
  int why = -errno;
  if (rmdir(path) == 0) return 0;
  return errno == ENOTDIR ? why : -errno;
}
