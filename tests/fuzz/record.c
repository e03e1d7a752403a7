/* record.c - fuzzes the reader of exit records: a session ends or is lost, no more. */
#include "fuzz.h"
#include "lua_orch.h"

#include <fcntl.h>
#include <lauxlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void put(const char *name, const uint8_t *data, size_t n) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  CHECK(fd >= 0 && write(fd, data, n) == (ssize_t)n);
  close(fd);
}

static void clean_up(void) {
  orch_remove(folder, true);
}

static void check_record(lua_State *L, const char *record) {
  lua_settop(L, 0);
  lua_newtable(L);
  bool read = orch_lua_add_record(L, record);
  CHECK(lua_gettop(L) == 1);
  lua_pushnil(L);
  while (lua_next(L, 1)) {
    CHECK(read && lua_type(L, -2) == LUA_TSTRING && lua_type(L, -1) != LUA_TTABLE);
    lua_pop(L, 1);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  static orch_loop *loop;
  static lua_State *L;
  if (loop == NULL) {
    snprintf(folder, sizeof folder, "/tmp/orch-fuzz-record-%d", (int)getpid());
    CHECK(mkdir(folder, 0700) == 0 && orch_loop_new(&loop, "/nonexistent") == 0);
    atexit(clean_up);
    L = luaL_newstate();
  }
  put("exit", data, n);
  int64_t handle;
  orch_status status;
  CHECK(orch_session_attach(loop, folder, false, &handle) == 0);
  CHECK(orch_session_status(loop, handle, &status) == 0);
  CHECK((status.state == ORCH_STATE_ENDED) == (status.record != NULL));
  CHECK(status.record != NULL || status.state == ORCH_STATE_LOST);
  if (status.record != NULL) check_record(L, status.record);
  orch_release(loop, handle);
  while (orch_loop_next(loop) != ORCH_NOTHING) {}
  return 0;
}
