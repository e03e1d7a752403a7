/* lua_orch.h - shared by the files that see Lua. */
#ifndef ORCH_LUA_ORCH_H
#define ORCH_LUA_ORCH_H

#include <lua.h>

int luaopen_orch_core(lua_State *L);
int orch_lua_json_decode(lua_State *L);

#endif
