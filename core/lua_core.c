#include "lua_orch.h"
#include "orch.h"
#include <lauxlib.h>
#include <string.h>
#define LOOP "orch.loop"

static int l_poll(lua_State *L)
{
    orch_loop **l = lua_touserdata(L, lua_upvalueindex(1));
    orch_loop_poll(*l, luaL_optinteger(L, 1, 0)); lua_newtable(L);
    return 1;
}
static int l_sha256(lua_State *L)
{
    size_t n; const char *s = luaL_checklstring(L, 1, &n); char hex[65];
    orch_sha256_hex(s, n, hex);
    lua_pushstring(L, hex);
    return 1;
}
static int l_places(lua_State *L)
{
    orch_places p;
    if (orch_places_find(&p)) return luaL_error(L, "cannot read /proc/self/exe");
    lua_createtable(L, 0, 3);
    lua_pushstring(L, p.keeper); lua_setfield(L, -2, "keeper");
    lua_pushstring(L, p.share); lua_setfield(L, -2, "share");
    lua_pushstring(L, p.tree); lua_setfield(L, -2, "tree");
    return 1;
}
static int l_gc(lua_State *L) { orch_loop **l = lua_touserdata(L, 1); orch_loop_free(*l); *l = NULL; return 0; }

__attribute__((visibility("default"))) int luaopen_orch_core(lua_State *L)
{
    static const luaL_Reg fn[] = { { "json_decode", orch_lua_json_decode }, { "sha256", l_sha256 }, { "places", l_places }, { NULL, NULL } };
    luaL_newlib(L, fn);
    orch_loop **l = lua_newuserdatauv(L, sizeof *l, 0);
    *l = NULL;
    if (orch_loop_new(l)) return luaL_error(L, "cannot create the event loop");
    if (luaL_newmetatable(L, LOOP)) { lua_pushcfunction(L, l_gc); lua_setfield(L, -2, "__gc"); }
    lua_setmetatable(L, -2);
    lua_pushcclosure(L, l_poll, 1);
    lua_setfield(L, -2, "poll");
    return 1;
}
