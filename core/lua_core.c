/* lua_core.c - require "orch.core": the module, poll and guard, what its parts share. */
#include "lua_orch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

orch_binding *orch_lua_self(lua_State *L) {
  return lua_touserdata(L, lua_upvalueindex(1));
}

int orch_lua_fail(lua_State *L, int err) {
  char text[128];
  luaL_pushfail(L);
  lua_pushstring(L, uv_strerror_r(err, text, sizeof text));
  lua_pushstring(L, uv_err_name_r(err, text, sizeof text));
  return 3;
}

int orch_lua_done(lua_State *L, int err) {
  if (err < 0) return orch_lua_fail(L, err);
  lua_pushboolean(L, 1);
  return 1;
}

int orch_lua_scratch(lua_State *L, int err) {
  orch_bytes *scratch = &orch_lua_self(L)->scratch;
  if (err < 0) return orch_lua_fail(L, err);
  lua_pushlstring(L, scratch->data != NULL ? scratch->data : "", scratch->size);
  if (scratch->capacity > 1 << 20) orch_bytes_free(scratch);
  return 1;
}

const char *orch_lua_path(lua_State *L, int argument) {
  size_t n;
  const char *text = luaL_checklstring(L, argument, &n);
  luaL_argcheck(L, n == strlen(text), argument, "contains a NUL byte");
  return text;
}

bool orch_lua_flag(lua_State *L, int options, const char *field, bool otherwise) {
  if (lua_isnoneornil(L, options)) return otherwise;
  bool value =
      lua_getfield(L, options, field) == LUA_TNIL ? otherwise : lua_toboolean(L, -1);
  lua_pop(L, 1);
  return value;
}

lua_Integer orch_lua_number(lua_State *L, int options, const char *field,
                            lua_Integer otherwise, lua_Integer most) {
  if (lua_isnoneornil(L, options)) return otherwise;
  if (lua_getfield(L, options, field) != LUA_TNIL) {
    lua_Number value = luaL_checknumber(L, -1);
    if (!(value >= 0 && value <= (lua_Number)most))
      luaL_error(L, "'%s' is out of range: 0 to %I expected", field, most);
    otherwise = (lua_Integer)value;
  }
  lua_pop(L, 1);
  return otherwise;
}

/* --- guard ------------------------------------------------------------------------ */

static lua_State *volatile guarded; /* read by a signal handler */
static orch_loop *guard_loop;
static double guard_until, guard_limit;
static bool told; /* the running coroutine has got an error of ours already */

/* What is told once may clean up, or catch it.  Who goes on computing at a later tick
 * gets the error at every instruction, until no pcall of the script is left. */
static void hook(lua_State *L, lua_Debug *where) {
  (void)where;
  if (L != guarded || !told) lua_sethook(L, NULL, 0, 0);
  if (L != guarded) return;
  orch_loop_poll(guard_loop, 0);
  if (orch_loop_is_ready(guard_loop, ORCH_INT) ||
      orch_loop_is_ready(guard_loop, ORCH_TERM)) {
    told = true;
    lua_pushliteral(L, "interrupted");
    lua_error(L);
  }
  if (orch_now() < guard_until) return;
  told = true;
  char seconds[32];
  snprintf(seconds, sizeof seconds, "%g", guard_limit / 1000);
  luaL_where(L, 0);
  lua_pushfstring(L, "%sthe script has computed for %s s without waiting",
                  lua_tostring(L, -1), seconds);
  lua_error(L);
}

/* In a signal handler: lua_sethook is the one call that Lua allows there. */
static void on_tick(void) {
  lua_State *co = guarded;
  if (co != NULL) lua_sethook(co, hook, LUA_MASKCOUNT, 1);
}

/* guard(co, limit_ms = 10000): co is about to run | guard(nil): nothing is */
static int core_guard(lua_State *L) {
  guarded = NULL;
  if (lua_isnoneornil(L, 1)) {
    orch_watchdog_disarm();
    return 0;
  }
  lua_State *co = lua_tothread(L, 1);
  luaL_argexpected(L, co != NULL, 1, "coroutine");
  guard_limit = luaL_optnumber(L, 2, 10000);
  guard_until = orch_now() + guard_limit;
  guard_loop = orch_lua_self(L)->loop;
  told = false;
  lua_settop(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, (const void *)&guard_loop); /* alive while guarded */
  guarded = co;
  orch_watchdog_arm(on_tick);
  return 0;
}

/* --- poll ------------------------------------------------------------------------- */

static int64_t check_timeout(lua_State *L) {
  lua_Number ms = luaL_optnumber(L, 1, -1);
  luaL_argcheck(L, ms == ms, 1, "not a number");
  return ms < 0 || ms > 1e15 ? -1 : (int64_t)ceil(ms);
}

/* poll(ms) -> list of what is ready: handles, "INT", "TERM", "HUP", "WINCH", "input" */
static int core_poll(lua_State *L) {
  static const char *const names[] = { "INT", "TERM", "HUP", "WINCH", "input" };
  orch_loop *loop = orch_lua_self(L)->loop;
  int64_t timeout = check_timeout(L);
  guarded = NULL;
  orch_watchdog_disarm();
  int err = orch_loop_poll(loop, timeout);
  if (err < 0) return orch_lua_fail(L, err);
  lua_createtable(L, orch_loop_is_any_ready(loop) ? 4 : 0, 0);
  int64_t source;
  for (lua_Integer i = 1; (source = orch_loop_next(loop)) != ORCH_NOTHING; i++) {
    if (source > 0) lua_pushinteger(L, source);
    else lua_pushstring(L, names[ORCH_INT - source]);
    lua_rawseti(L, -2, i);
  }
  return 1;
}

/* catch_signals() -> true: INT TERM HUP WINCH are sources from now on */
static int core_catch_signals(lua_State *L) {
  return orch_lua_done(L, orch_signals_catch(orch_lua_self(L)->loop));
}

/* release(handle): forget a session, end a watch */
static int core_release(lua_State *L) {
  int err = orch_release(orch_lua_self(L)->loop, luaL_checkinteger(L, 1));
  luaL_argcheck(L, err == 0, 1, "no such handle");
  return 0;
}

static const luaL_Reg functions[] = {
  { "poll", core_poll },
  { "guard", core_guard },
  { "catch_signals", core_catch_signals },
  { "release", core_release },
  { "unlock", core_release },
  { NULL, NULL }
};

/* --- the module ------------------------------------------------------------------- */

static int binding_gc(lua_State *L) {
  orch_binding *self = lua_touserdata(L, 1);
  guarded = NULL;
  if (self->loop != NULL) orch_loop_free(self->loop);
  self->loop = NULL;
  orch_bytes_free(&self->scratch);
  return 0;
}

static void push_binding(lua_State *L) {
  orch_binding *self = lua_newuserdatauv(L, sizeof *self, 0);
  memset(self, 0, sizeof *self);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, binding_gc);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  int err = orch_places_find(&self->places);
  if (err == 0) err = orch_loop_new(&self->loop, self->places.keeper);
  if (err < 0) luaL_error(L, "orch.core: %s", uv_strerror(err));
}

__attribute__((visibility("default"))) int luaopen_orch_core(lua_State *L) {
  const luaL_Reg *const parts[] = { functions, orch_lua_host, orch_lua_files,
                                    orch_lua_session, orch_lua_json };
  luaL_checkversion(L);
  lua_createtable(L, 0, 48);
  push_binding(L);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    luaL_setfuncs(L, parts[i], 1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
  return 1;
}
