/* json.c - fuzzes json_decode: it never raises, and what it read comes back the same. */
#include "fuzz.h"
#include "lua_orch.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

/* Call orch.core.NAME with the value at the top; leave its first result in the place. */
static bool call(lua_State *L, const char *name) {
  lua_getfield(L, 1, name);
  lua_insert(L, -2);
  return lua_pcall(L, 1, 1, 0) == LUA_OK;
}

/* Encoding may refuse what is deeper than it goes. */
static bool encode(lua_State *L) {
  bool done = call(L, "json_encode");
  if (!done) CHECK(strstr(lua_tostring(L, -1), "too deep") != NULL);
  return done;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  static lua_State *L;
  if (L == NULL) {
    L = luaL_newstate();
    luaL_openlibs(L);
    luaL_requiref(L, "orch.core", luaopen_orch_core, 0);
  }
  lua_settop(L, 1);
  lua_pushlstring(L, (const char *)data, n);
  CHECK(call(L, "json_decode"));
  if (lua_isnil(L, -1) || !encode(L)) return 0;
  lua_pushvalue(L, -1);
  CHECK(call(L, "json_decode") && !lua_isnil(L, -1));
  CHECK(encode(L) && lua_rawequal(L, -1, -2));
  return 0;
}
