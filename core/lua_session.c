/* lua_session.c - orch.core: start, follow and control sessions. */
#include "lua_orch.h"

#include <string.h>
#include <uv.h>

/* The handle of a session, for an error if it is none. */
static int64_t to_session(lua_State *L) { return luaL_checkinteger(L, 1); }

static int answer(lua_State *L, int err) {
  luaL_argcheck(L, err != UV_EBADF, 1, "no such session");
  return orch_lua_done(L, err);
}

/* --- start ------------------------------------------------------------------------ */

static const char *text_field(lua_State *L, const char *field, const char *otherwise) {
  size_t n;
  int type = lua_getfield(L, 1, field);
  if (type == LUA_TNIL && otherwise != NULL) return otherwise;
  if (type != LUA_TSTRING) luaL_error(L, "'%s' is no string", field);
  const char *text = lua_tolstring(L, -1, &n);
  if (strlen(text) != n) luaL_error(L, "'%s' contains a NUL byte", field);
  lua_pop(L, 1); /* the table keeps it */
  return text;
}

static const char *path_field(lua_State *L, const char *field) {
  const char *path = text_field(L, field, NULL);
  if (path[0] != '/') luaL_error(L, "'%s' is no absolute path: '%s'", field, path);
  return path;
}

/* A list of strings; the table keeps them, the stack keeps the array. */
static const char *const *list_field(lua_State *L, const char *field, size_t *count) {
  if (lua_getfield(L, 1, field) != LUA_TTABLE) luaL_error(L, "'%s' is no list", field);
  lua_Unsigned n = lua_rawlen(L, -1);
  const char **list = lua_newuserdatauv(L, sizeof *list * (size_t)(n + 1), 0);
  for (lua_Unsigned i = 0; i < n; i++) {
    size_t size;
    if (lua_rawgeti(L, -2, (lua_Integer)i + 1) != LUA_TSTRING)
      luaL_error(L, "'%s' has an item that is no string", field);
    list[i] = lua_tolstring(L, -1, &size);
    if (strlen(list[i]) != size) luaL_error(L, "'%s' contains a NUL byte", field);
    lua_pop(L, 1);
  }
  list[n] = NULL;
  *count = (size_t)n;
  return list;
}

/* Whether a field is its second word rather than its first, which is the default. */
static bool choice_field(lua_State *L, const char *field, const char *first,
                         const char *second) {
  const char *text = text_field(L, field, first);
  bool is_second = strcmp(text, second) == 0;
  if (!is_second && strcmp(text, first) != 0)
    luaL_error(L, "'%s' is '%s': '%s' or '%s' expected", field, text, first, second);
  return is_second;
}

static void check_stdin(lua_State *L, orch_spec *spec) {
  const char *text = text_field(L, "stdin", "null");
  if (strcmp(text, "tty") == 0) {
    if (!spec->tty) luaL_error(L, "'stdin' is 'tty', but 'tty' is false");
    spec->stdin_path = NULL;
  } else {
    spec->stdin_path = strcmp(text, "null") == 0 ? "/dev/null" : text;
    if (spec->stdin_path[0] != '/')
      luaL_error(L, "'stdin' is no absolute path: '%s'", text);
  }
}

static uint64_t count_field(lua_State *L, const char *field, lua_Integer otherwise) {
  return (uint64_t)orch_lua_number(L, 1, field, otherwise, INT64_C(1) << 53);
}

static uint32_t ms_field(lua_State *L, const char *field, lua_Integer otherwise) {
  return (uint32_t)orch_lua_number(L, 1, field, otherwise, UINT32_MAX);
}

static uint16_t size_field(lua_State *L, int options, const char *field,
                           lua_Integer otherwise) {
  return (uint16_t)orch_lua_number(L, options, field, otherwise, UINT16_MAX);
}

/* start{ folder =, argv =, env =, workdir =, tty =, stdin =, stderr =, rows =, cols =,
 *        lease_ms =, deadline_ms =, cap =, on_leader_exit =, durable =, interrupt_ms =,
 *        terminate_ms = } -> handle | nil, message, name */
static int core_start(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  orch_spec spec = { .folder = path_field(L, "folder"),
                     .workdir = path_field(L, "workdir") };
  spec.argv = list_field(L, "argv", &spec.argc);
  spec.env = list_field(L, "env", &spec.envc);
  if (spec.argc == 0) luaL_error(L, "'argv' is empty: a program expected");
  spec.tty = orch_lua_flag(L, 1, "tty", true);
  check_stdin(L, &spec);
  spec.stderr_file = choice_field(L, "stderr", "merge", "file");
  spec.keep = choice_field(L, "on_leader_exit", "kill", "keep");
  spec.durable = orch_lua_flag(L, 1, "durable", false);
  spec.rows = size_field(L, 1, "rows", 24);
  spec.cols = size_field(L, 1, "cols", 80);
  spec.lease_ms = count_field(L, "lease_ms", 0);
  spec.deadline_ms = count_field(L, "deadline_ms", 0);
  spec.cap = count_field(L, "cap", 256 << 20);
  spec.interrupt_ms = ms_field(L, "interrupt_ms", 3000);
  spec.terminate_ms = ms_field(L, "terminate_ms", 5000);
  int64_t handle;
  int err = orch_session_start(orch_lua_self(L)->loop, &spec, &handle);
  if (err < 0) return orch_lua_fail(L, err);
  lua_pushinteger(L, handle);
  return 1;
}

/* attach(folder, "own" | "look") -> handle */
static int core_attach(lua_State *L) {
  static const char *const how[] = { "own", "look", NULL };
  const char *folder = orch_lua_path(L, 1);
  bool own = luaL_checkoption(L, 2, NULL, how) == 0;
  int64_t handle;
  int err = orch_session_attach(orch_lua_self(L)->loop, folder, own, &handle);
  if (err < 0) return orch_lua_fail(L, err);
  lua_pushinteger(L, handle);
  return 1;
}

/* --- status and output ------------------------------------------------------------ */

static void set_integer(lua_State *L, const char *field, lua_Integer value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, field);
}

/* status(handle) -> { state, bytes, pid, queued, accepted, refused, owner } and, once
 * ended, the fields of the exit record */
static int core_status(lua_State *L) {
  static const char *const states[] = { "starting", "running", "exited", "ended",
                                        "lost" };
  orch_status status;
  int err = orch_session_status(orch_lua_self(L)->loop, to_session(L), &status);
  luaL_argcheck(L, err == 0, 1, "no such session");
  lua_createtable(L, 0, status.record != NULL ? 20 : 7);
  if (status.record != NULL && !orch_lua_add_record(L, status.record))
    status.state = ORCH_STATE_LOST; /* a record that nobody can read is none */
  lua_pushstring(L, states[status.state]);
  lua_setfield(L, -2, "state");
  lua_pushboolean(L, status.owner);
  lua_setfield(L, -2, "owner");
  if (status.pid != 0) set_integer(L, "pid", status.pid);
  set_integer(L, "bytes", (lua_Integer)status.bytes);
  set_integer(L, "queued", (lua_Integer)status.queued);
  set_integer(L, "accepted", status.accepted);
  set_integer(L, "refused", status.refused);
  return 1;
}

/* How much to ask for: what we know of, and a little that may have come since. */
static size_t bound_take(lua_State *L, int64_t handle, uint64_t offset, lua_Integer n) {
  orch_status status;
  int err = orch_session_status(orch_lua_self(L)->loop, handle, &status);
  luaL_argcheck(L, err == 0, 1, "no such session");
  uint64_t known = status.bytes > offset ? status.bytes - offset : 0;
  return (uint64_t)n < known + 65536 ? (size_t)n : (size_t)known + 65536;
}

/* take(handle, offset, n) -> bytes of the transcript; "" when nothing is there (yet) */
static int core_take(lua_State *L) {
  orch_binding *self = orch_lua_self(L);
  int64_t handle = to_session(L);
  lua_Integer offset = luaL_checkinteger(L, 2), n = luaL_checkinteger(L, 3);
  luaL_argcheck(L, offset >= 0, 2, "0 or more expected");
  luaL_argcheck(L, n >= 0, 3, "0 or more expected");
  size_t want = bound_take(L, handle, (uint64_t)offset, n);
  int err = orch_bytes_reserve(&self->scratch, want);
  if (err < 0) return orch_lua_fail(L, err);
  ssize_t got =
      orch_session_take(self->loop, handle, (uint64_t)offset, self->scratch.data, want);
  self->scratch.size = got > 0 ? (size_t)got : 0;
  return orch_lua_scratch(L, got < 0 ? (int)got : 0);
}

/* --- input and control ------------------------------------------------------------ */

/* give(handle, bytes) -> ticket | nil, message, "EAGAIN" | "EPIPE" */
static int core_give(lua_State *L) {
  size_t n;
  const char *bytes = luaL_checklstring(L, 2, &n);
  luaL_argcheck(L, n <= ORCH_GIVE_MAX, 2, "at most 65535 bytes expected");
  uint32_t ticket;
  int err = orch_session_give(orch_lua_self(L)->loop, to_session(L), bytes, n, &ticket);
  if (err < 0) return answer(L, err);
  lua_pushinteger(L, ticket);
  return 1;
}

/* control(handle, "interrupt" | "kill") -> true | nil, message, "ESRCH"
 * control(handle, "stop", { interrupt_ms, terminate_ms }), by default those of start
 * control(handle, "resize", { rows, cols }) */
static int core_control(lua_State *L) {
  static const char *const verbs[] = { "interrupt", "kill", "stop", "resize", NULL };
  orch_loop *loop = orch_lua_self(L)->loop;
  int64_t handle = to_session(L);
  int verb = luaL_checkoption(L, 2, NULL, verbs);
  if (verb == 0) return answer(L, orch_session_interrupt(loop, handle));
  if (verb == 1) return answer(L, orch_session_kill(loop, handle));
  if (verb == 3) luaL_checktype(L, 3, LUA_TTABLE);
  if (verb == 3)
    return answer(L, orch_session_resize(loop, handle, size_field(L, 3, "rows", 24),
                                         size_field(L, 3, "cols", 80)));
  uint32_t interrupt_ms =
      (uint32_t)orch_lua_number(L, 3, "interrupt_ms", ORCH_OWN_GRACE, UINT32_MAX);
  uint32_t terminate_ms =
      (uint32_t)orch_lua_number(L, 3, "terminate_ms", ORCH_OWN_GRACE, UINT32_MAX);
  return answer(L, orch_session_stop(loop, handle, interrupt_ms, terminate_ms));
}

const luaL_Reg orch_lua_session[] = {
  { "start", core_start },
  { "attach", core_attach },
  { "status", core_status },
  { "take", core_take },
  { "give", core_give },
  { "control", core_control },
  { NULL, NULL }
};
