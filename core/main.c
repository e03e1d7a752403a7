/* main.c - the program orch-lua: a Lua state with orch.core, lpeg and the library. */
#define _GNU_SOURCE
#include "embedded.h"
#include "lua_orch.h"
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int luaopen_lpeg(lua_State *L);

typedef struct {
  int argc;
  char **argv;
  orch_places places;
} program;

/* Load TREE/lua/NAME.lua or NAME/init.lua there, text only.  Pushes chunk and path. */
static bool load_from_tree(lua_State *L, const char *tree, const char *name) {
  const char *const tails[] = { ".lua", "/init.lua" };
  if (tree[0] == 0 || strncmp(name, "orch", 4) != 0) return false;
  for (size_t i = 0; i < 2; i++) {
    const char *path = luaL_gsub(L, name, ".", "/");
    path = lua_pushfstring(L, "%s/lua/%s%s", tree, path, tails[i]);
    if (access(path, R_OK) == 0) {
      if (luaL_loadfilex(L, path, "t") != LUA_OK) lua_error(L); /* not: "not found" */
      lua_insert(L, -2);
      return true;
    }
    lua_pop(L, 2);
  }
  return false;
}

static const orch_embedded *find_embedded(const char *name) {
  const orch_embedded *e = orch_embedded_files;
  while (e->module != NULL && strcmp(e->module, name) != 0) e++;
  return e->module != NULL ? e : NULL;
}

/* The entry of package.searchers: the source tree first, so that edits count at once. */
static int search_library(lua_State *L) {
  const program *p = lua_touserdata(L, lua_upvalueindex(1));
  const char *name = luaL_checkstring(L, 1);
  if (load_from_tree(L, p->places.tree, name)) return 2;
  const orch_embedded *e = find_embedded(name);
  if (e == NULL) {
    lua_pushfstring(L, "no built-in module '%s'", name);
    return 1;
  }
  if (luaL_loadbufferx(L, (const char *)e->data, e->size, e->chunk, "t") != LUA_OK)
    return lua_error(L);
  lua_pushstring(L, e->chunk + 1);
  return 2;
}

/* source(module_name) -> text, chunkname | nil: what search_library would load */
static int parts_source(lua_State *L) {
  const program *p = lua_touserdata(L, lua_upvalueindex(1));
  const char *name = luaL_checkstring(L, 1);
  if (load_from_tree(L, p->places.tree, name)) {
    FILE *f = fopen(lua_tostring(L, -1), "re");
    if (f == NULL) return luaL_error(L, "cannot read %s", lua_tostring(L, -1));
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    size_t n;
    do {
      n = fread(luaL_prepbuffer(&text), 1, LUAL_BUFFERSIZE, f);
      luaL_addsize(&text, n);
    } while (n > 0);
    fclose(f);
    luaL_pushresult(&text);
    lua_pushfstring(L, "@%s", lua_tostring(L, -2));
    return 2;
  }
  const orch_embedded *e = find_embedded(name);
  if (e == NULL) return luaL_pushfail(L), 1;
  lua_pushlstring(L, (const char *)e->data, e->size);
  lua_pushstring(L, e->chunk);
  return 2;
}

static void preload(lua_State *L, const char *name, lua_CFunction open) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, open);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
}

/* Everything a script finds: the libraries, the searcher before package.path, `arg`. */
static void open_environment(lua_State *L, program *p, int first) {
  luaL_openlibs(L);
  preload(L, "orch.core", luaopen_orch_core);
  preload(L, "lpeg", luaopen_lpeg);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushlightuserdata(L, p);
  lua_pushcclosure(L, parts_source, 1);
  lua_setfield(L, -2, "orch.parts");
  lua_getglobal(L, "table");
  lua_getfield(L, -1, "insert");
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "searchers");
  lua_remove(L, -2);
  lua_pushinteger(L, 2);
  lua_pushlightuserdata(L, p);
  lua_pushcclosure(L, search_library, 1);
  lua_call(L, 3, 0);
  lua_createtable(L, p->argc - first, 1);
  for (int i = first; i < p->argc; i++) {
    lua_pushstring(L, p->argv[i]);
    lua_rawseti(L, -2, i - first);
  }
  lua_setglobal(L, "arg");
  lua_settop(L, 1);
}

/* --lua FILE args...: run a Lua file with the standard environment, as lua5.4 would. */
static int run_file(lua_State *L, program *p) {
  if (luaL_loadfile(L, p->argv[2]) != LUA_OK) return lua_error(L);
  luaL_checkstack(L, p->argc, "too many arguments");
  for (int i = 3; i < p->argc; i++) lua_pushstring(L, p->argv[i]);
  lua_call(L, p->argc - 3, 0);
  lua_pushinteger(L, 0);
  return 1;
}

/* require "orch.cli"(arg) -> exit code */
static int run_cli(lua_State *L) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "orch.cli");
  lua_call(L, 1, 1);
  lua_getglobal(L, "arg");
  lua_call(L, 1, 1);
  if (!lua_isinteger(L, -1)) return luaL_error(L, "orch.cli gave no exit code");
  return 1;
}

static bool is_file_run(const program *p) {
  return p->argc > 2 && strcmp(p->argv[1], "--lua") == 0;
}

static int start(lua_State *L) {
  program *p = lua_touserdata(L, 1);
  bool file = is_file_run(p);
  open_environment(L, p, file ? 2 : 0);
  return file ? run_file(L, p) : run_cli(L);
}

static int traceback(lua_State *L) {
  luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
  return 1;
}

/* Say why Lua gave up, and return the exit code: 5 for the machine, 2 for a mistake. */
static int report(lua_State *L, int err) {
  bool full = err == LUA_ERRMEM;
  const char *message = lua_tostring(L, -1);
  if (full) message = "not enough memory";
  if (message == NULL) message = "an error in an error";
  fprintf(stderr, "orch-lua: %s\n", message);
  return full ? 5 : 2;
}

int main(int argc, char **argv) {
#ifndef ORCH_SANITIZED /* the leak checker attaches as a debugger would */
  prctl(PR_SET_DUMPABLE, 0); /* workers of the same user cannot read what we hold */
#endif
  static program p;
  p.argc = argc;
  p.argv = argv;
  if (orch_places_find(&p.places) < 0) {
    fputs("orch-lua: cannot find its own place: is /proc mounted?\n", stderr);
    return 5;
  }
  if (access(p.places.keeper, X_OK) < 0 && !is_file_run(&p)) {
    fprintf(stderr, "orch-lua: '%s' is missing: install orch-lua with all of its parts, "
                    "a copy of the program alone does not run\n", p.places.keeper);
    return 5;
  }
  lua_State *L = luaL_newstate();
  if (L == NULL) {
    fputs("orch-lua: not enough memory\n", stderr);
    return 5;
  }
  lua_pushcfunction(L, traceback);
  lua_pushcfunction(L, start);
  lua_pushlightuserdata(L, &p);
  int err = lua_pcall(L, 1, 1, 1);
  int code = err == LUA_OK ? (int)lua_tointeger(L, -1) : report(L, err);
  lua_close(L);
  return code;
}
