/* lua_orch.h - shared by the files that see Lua.
 *
 * A mistake by the caller (a wrong type, an unknown handle) raises an error.  A refusal
 * by the system returns nil, message, name: nil, "no such file or directory", "ENOENT".
 */
#ifndef ORCH_LUA_ORCH_H
#define ORCH_LUA_ORCH_H

#include "orch.h"

#include <lauxlib.h>
#include <lua.h>

/* The first upvalue of each function of orch.core. */
typedef struct {
  orch_loop *loop;
  orch_bytes scratch; /* where bytes are before Lua has them; freed with the loop */
  orch_places places;
} orch_binding;

int luaopen_orch_core(lua_State *L);

orch_binding *orch_lua_self(lua_State *L);
int orch_lua_fail(lua_State *L, int err);
int orch_lua_done(lua_State *L, int err);    /* true, or as fail */
int orch_lua_scratch(lua_State *L, int err); /* the scratch bytes, or as fail */

/* A path, or any text that goes to the system: a string without NUL. */
const char *orch_lua_path(lua_State *L, int argument);

/* A field of the options table at an index, which may be none or nil. */
bool orch_lua_flag(lua_State *L, int options, const char *field, bool otherwise);
lua_Integer orch_lua_number(lua_State *L, int options, const char *field,
                            lua_Integer otherwise, lua_Integer most);

/* Set the plain fields of an exit record in the table at the top.  False: no record. */
bool orch_lua_add_record(lua_State *L, const char *record);

extern const luaL_Reg orch_lua_host[], orch_lua_files[], orch_lua_session[],
    orch_lua_json[];

#endif
