/* lua_files.c - orch.core: files, folders, locks, watches and hashes. */
#include "lua_orch.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { READ_LIMIT = 64 << 20, MODES = 07777 };

static uint64_t check_size(lua_State *L, int argument, lua_Integer otherwise) {
  lua_Integer n = luaL_optinteger(L, argument, otherwise);
  luaL_argcheck(L, n >= 0, argument, "0 or more expected");
  return (uint64_t)n;
}

static mode_t mode_of(lua_State *L, int options, lua_Integer otherwise) {
  return (mode_t)orch_lua_number(L, options, "mode", otherwise, MODES);
}

/* read(path, offset = 0, limit = 64 MiB) -> bytes */
static int core_read(lua_State *L) {
  orch_binding *self = orch_lua_self(L);
  const char *path = orch_lua_path(L, 1);
  uint64_t offset = check_size(L, 2, 0);
  size_t limit = (size_t)check_size(L, 3, READ_LIMIT);
  if (strcmp(path, "/dev/stdin") != 0)
    return orch_lua_scratch(L, orch_file_read(path, offset, limit, &self->scratch));
  int err = orch_terminal_read(self->loop, limit, &self->scratch);
  if (err == UV_ENOTTY) err = orch_stdin_read(offset, limit, &self->scratch);
  return orch_lua_scratch(L, err);
}

/* write(path, bytes, { mode = 0600, exclusive =, durable =, atomic = true }) -> true */
static int core_write(lua_State *L) {
  size_t n;
  const char *path = orch_lua_path(L, 1), *bytes = luaL_checklstring(L, 2, &n);
  orch_write_options options = {
    .mode = mode_of(L, 3, 0600),
    .exclusive = orch_lua_flag(L, 3, "exclusive", false),
    .durable = orch_lua_flag(L, 3, "durable", false),
    .atomic = orch_lua_flag(L, 3, "atomic", true),
  };
  return orch_lua_done(L, orch_file_write(path, bytes, n, &options));
}

/* overwrite(path, offset, bytes) -> true | nil, message, "EINVAL" where the file ends */
static int core_overwrite(lua_State *L) {
  size_t n;
  const char *path = orch_lua_path(L, 1), *bytes = luaL_checklstring(L, 3, &n);
  luaL_checkinteger(L, 2);
  return orch_lua_done(L, orch_file_overwrite(path, check_size(L, 2, 0), bytes, n));
}

/* append(path, bytes, { mode = 0600, durable = false }) -> size after
 * | nil, message, "ENOSPC" */
static int core_append(lua_State *L) {
  size_t n;
  const char *path = orch_lua_path(L, 1), *bytes = luaL_checklstring(L, 2, &n);
  const orch_write_options options = {
    .mode = mode_of(L, 3, 0600),
    .durable = orch_lua_flag(L, 3, "durable", false),
  };
  uint64_t size;
  int err = orch_file_append(path, bytes, n, &options, &size);
  if (err < 0) return orch_lua_fail(L, err);
  lua_pushinteger(L, (lua_Integer)size);
  return 1;
}

/* sync(path) -> true */
static int core_sync(lua_State *L) {
  return orch_lua_done(L, orch_file_sync(orch_lua_path(L, 1)));
}

/* truncate(path, size) -> true */
static int core_truncate(lua_State *L) {
  luaL_checkinteger(L, 2);
  return orch_lua_done(L, orch_file_truncate(orch_lua_path(L, 1), check_size(L, 2, 0)));
}

/* list(path) -> sorted names */
static int core_list(lua_State *L) {
  orch_bytes *scratch = &orch_lua_self(L)->scratch;
  size_t count;
  int err = orch_folder_list(orch_lua_path(L, 1), scratch, &count);
  if (err < 0) return orch_lua_fail(L, err);
  lua_createtable(L, (int)count, 0);
  const char *name = scratch->data;
  for (size_t i = 1; i <= count; i++, name += strlen(name) + 1) {
    lua_pushstring(L, name);
    lua_rawseti(L, -2, (lua_Integer)i);
  }
  return 1;
}

static void set_integer(lua_State *L, const char *field, lua_Integer value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, field);
}

/* stat(path, follow = false) -> { type, size, mtime, mode, uid, inode, device } */
static int core_stat(lua_State *L) {
  orch_stat_result st;
  int err = orch_stat(orch_lua_path(L, 1), lua_toboolean(L, 2), &st);
  if (err < 0) return orch_lua_fail(L, err);
  lua_createtable(L, 0, 7);
  lua_pushstring(L, st.type);
  lua_setfield(L, -2, "type");
  lua_pushnumber(L, st.mtime);
  lua_setfield(L, -2, "mtime");
  set_integer(L, "size", (lua_Integer)st.size);
  set_integer(L, "mode", st.mode);
  set_integer(L, "uid", st.uid);
  set_integer(L, "inode", (lua_Integer)st.inode);
  set_integer(L, "device", (lua_Integer)st.device);
  return 1;
}

/* make_folder(path, { mode = 0700, parents = }) -> true */
static int core_make_folder(lua_State *L) {
  mode_t mode = mode_of(L, 2, 0700);
  bool parents = orch_lua_flag(L, 2, "parents", false);
  return orch_lua_done(L, orch_folder_make(orch_lua_path(L, 1), mode, parents));
}

/* move(from, to, { exclusive = }) -> true */
static int core_move(lua_State *L) {
  bool exclusive = orch_lua_flag(L, 3, "exclusive", false);
  return orch_lua_done(L, orch_move(orch_lua_path(L, 1), orch_lua_path(L, 2), exclusive));
}

/* remove(path, { tree = }) -> true */
static int core_remove(lua_State *L) {
  bool tree = orch_lua_flag(L, 2, "tree", false);
  return orch_lua_done(L, orch_remove(orch_lua_path(L, 1), tree));
}

/* link_target(path) -> text */
static int core_link_target(lua_State *L) {
  return orch_lua_scratch(L, orch_link_target(orch_lua_path(L, 1),
                                              &orch_lua_self(L)->scratch));
}

/* real_path(path) -> absolute path without links */
static int core_real_path(lua_State *L) {
  return orch_lua_scratch(L, orch_real_path(orch_lua_path(L, 1),
                                            &orch_lua_self(L)->scratch));
}

/* --- locks, watches, hashes ------------------------------------------------------- */

/* lock(path) -> handle | nil, message, "EWOULDBLOCK" */
static int core_lock(lua_State *L) {
  int64_t handle;
  int err = orch_lock(orch_lua_self(L)->loop, orch_lua_path(L, 1), &handle);
  if (err == UV_EAGAIN) {
    luaL_pushfail(L);
    lua_pushliteral(L, "another process holds the lock");
    lua_pushliteral(L, "EWOULDBLOCK");
    return 3;
  }
  if (err < 0) return orch_lua_fail(L, err);
  lua_pushinteger(L, handle);
  return 1;
}

/* signal(path, name) -> true | nil, message, "ESRCH" */
static int core_signal(lua_State *L) {
  static const char *const names[] = { "INT",  "TERM", "HUP",  "KILL",
                                       "USR1", "USR2", "CONT", NULL };
  static const int numbers[] = { SIGINT,  SIGTERM, SIGHUP, SIGKILL,
                                 SIGUSR1, SIGUSR2, SIGCONT };
  const char *path = orch_lua_path(L, 1);
  int signo = numbers[luaL_checkoption(L, 2, NULL, names)];
  return orch_lua_done(L, orch_lock_signal(path, signo));
}

/* locked(path) -> whether somebody holds its lock */
static int core_locked(lua_State *L) {
  bool held;
  int err = orch_lock_is_held(orch_lua_path(L, 1), &held);
  if (err < 0) return orch_lua_fail(L, err);
  lua_pushboolean(L, held);
  return 1;
}

/* watch(path) -> source */
static int core_watch(lua_State *L) {
  int64_t handle;
  int err = orch_watch(orch_lua_self(L)->loop, orch_lua_path(L, 1), &handle);
  if (err < 0) return orch_lua_fail(L, err);
  lua_pushinteger(L, handle);
  return 1;
}

/* hash(bytes) -> 64 hex digits */
static int core_hash(lua_State *L) {
  size_t n;
  const char *bytes = luaL_checklstring(L, 1, &n);
  char hex[65];
  orch_hash(bytes, n, hex);
  lua_pushlstring(L, hex, 64);
  return 1;
}

const luaL_Reg orch_lua_files[] = {
  { "read", core_read },
  { "write", core_write },
  { "append", core_append },
  { "sync", core_sync },
  { "overwrite", core_overwrite },
  { "truncate", core_truncate },
  { "list", core_list },
  { "stat", core_stat },
  { "make_folder", core_make_folder },
  { "move", core_move },
  { "remove", core_remove },
  { "link_target", core_link_target },
  { "real_path", core_real_path },
  { "lock", core_lock },
  { "signal", core_signal },
  { "locked", core_locked },
  { "watch", core_watch },
  { "hash", core_hash },
  { NULL, NULL }
};
