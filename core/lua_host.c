/* lua_host.c - orch.core: the machine, its clocks, and the user's terminal. */
#include "lua_orch.h"

#include <string.h>
#include <unistd.h>

static void set_text(lua_State *L, const char *field, const char *text) {
  if (text[0] == 0) return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, field);
}

static void set_integer(lua_State *L, const char *field, lua_Integer value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, field);
}

/* now() -> milliseconds, monotonic */
static int core_now(lua_State *L) {
  lua_pushnumber(L, orch_now());
  return 1;
}

/* time() -> seconds since the epoch */
static int core_time(lua_State *L) {
  lua_pushnumber(L, orch_time());
  return 1;
}

/* random(n) -> n bytes */
static int core_random(lua_State *L) {
  lua_Integer n = luaL_checkinteger(L, 1);
  luaL_argcheck(L, n >= 0 && n <= 1 << 20, 1, "0 to 1048576 expected");
  luaL_Buffer buffer;
  char *space = luaL_buffinitsize(L, &buffer, (size_t)n);
  int err = orch_random(space, (size_t)n);
  luaL_pushresultsize(&buffer, (size_t)n);
  return err < 0 ? orch_lua_fail(L, err) : 1;
}

/* host() -> { pid, name, user, uid, cpus, folder, program, keeper, share, tree, version,
 *             boot, home, temporary, open_files } */
static int core_host(lua_State *L) {
  const orch_binding *self = orch_lua_self(L);
  orch_machine machine;
  int err = orch_host(&machine);
  if (err < 0) return orch_lua_fail(L, err);
  lua_createtable(L, 0, 15);
  set_integer(L, "pid", getpid());
  set_integer(L, "uid", getuid());
  set_integer(L, "cpus", machine.cpus);
  set_integer(L, "open_files", (lua_Integer)orch_loop_open_files(self->loop));
  set_text(L, "name", machine.name);
  set_text(L, "user", machine.user);
  set_text(L, "folder", machine.folder);
  set_text(L, "boot", machine.boot);
  set_text(L, "home", machine.home);
  set_text(L, "temporary", machine.temporary);
  set_text(L, "version", orch_version());
  set_text(L, "program", self->places.program);
  set_text(L, "keeper", self->places.keeper);
  set_text(L, "share", self->places.share);
  set_text(L, "tree", self->places.tree);
  return 1;
}

/* environment() -> { NAME = value } */
static int core_environment(lua_State *L) {
  lua_newtable(L);
  for (char **at = orch_environment(); *at != NULL; at++) {
    const char *equals = strchr(*at, '=');
    if (equals == NULL) continue;
    lua_pushlstring(L, *at, (size_t)(equals - *at));
    lua_pushstring(L, equals + 1);
    lua_rawset(L, -3);
  }
  return 1;
}

/* memory() -> { total, available } in bytes */
static int core_memory(lua_State *L) {
  orch_memory_info info;
  int err = orch_memory(&info);
  if (err < 0) return orch_lua_fail(L, err);
  lua_createtable(L, 0, 2);
  set_integer(L, "total", (lua_Integer)info.total);
  set_integer(L, "available", (lua_Integer)info.available);
  return 1;
}

/* output(fd, bytes) -> true */
static int core_output(lua_State *L) {
  lua_Integer fd = luaL_checkinteger(L, 1);
  luaL_argcheck(L, fd == 1 || fd == 2, 1, "1 or 2 expected");
  size_t n;
  const char *bytes = luaL_checklstring(L, 2, &n);
  return orch_lua_done(L, orch_output((int)fd, bytes, n));
}

/* terminal(fd, raw) -> { rows, columns } | nil, message, "ENOTTY" */
static int core_terminal(lua_State *L) {
  lua_Integer fd = luaL_checkinteger(L, 1);
  luaL_argcheck(L, fd >= 0 && fd <= 2, 1, "0, 1 or 2 expected");
  orch_mode mode = lua_isnoneornil(L, 2)   ? ORCH_TERMINAL_LEAVE
                   : lua_toboolean(L, 2) ? ORCH_TERMINAL_RAW
                                         : ORCH_TERMINAL_COOKED;
  uint16_t rows, cols;
  int err = orch_terminal(orch_lua_self(L)->loop, (int)fd, mode, &rows, &cols);
  if (err < 0) return orch_lua_fail(L, err);
  lua_createtable(L, 0, 2);
  set_integer(L, "rows", rows);
  set_integer(L, "columns", cols);
  return 1;
}

/* The list at argument 1 as an array of strings that ends with NULL. */
static char **check_argv(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Unsigned n = lua_rawlen(L, 1);
  luaL_argcheck(L, n > 0, 1, "empty list");
  char **argv = lua_newuserdatauv(L, sizeof *argv * (size_t)(n + 1), 0);
  for (lua_Unsigned i = 0; i < n; i++) {
    luaL_argcheck(L, lua_rawgeti(L, 1, (lua_Integer)i + 1) == LUA_TSTRING, 1,
                  "a list of strings expected");
    size_t size;
    argv[i] = (char *)lua_tolstring(L, -1, &size); /* the list holds on to it */
    luaL_argcheck(L, strlen(argv[i]) == size, 1, "contains a NUL byte");
    lua_pop(L, 1);
  }
  argv[n] = NULL;
  luaL_argcheck(L, argv[0][0] == '/', 1, "its first item is no absolute path");
  return argv;
}

/* change_folder(path) -> true: where relative paths begin from now on */
static int core_change_folder(lua_State *L) {
  return orch_lua_done(L, orch_change_folder(orch_lua_path(L, 1)));
}

/* detach(argv, log) -> true: argv goes on without us, and prints into log */
static int core_detach(lua_State *L) {
  const char *log = orch_lua_path(L, 2);
  return orch_lua_done(L, orch_detach(check_argv(L), log));
}

const luaL_Reg orch_lua_host[] = {
  { "now", core_now },
  { "time", core_time },
  { "random", core_random },
  { "host", core_host },
  { "environment", core_environment },
  { "memory", core_memory },
  { "output", core_output },
  { "terminal", core_terminal },
  { "change_folder", core_change_folder },
  { "detach", core_detach },
  { NULL, NULL }
};
