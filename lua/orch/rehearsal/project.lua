--- The small project that a rehearsal works on, if its script brings none.

local chance = require "orch.rehearsal.chance"

local project = {}

project.files = {
  ["README.md"] = [[
# names

A small library that reads and writes lists of names.

## Building

    make
    make test
]],
  ["Makefile"] = "all: names\n\nnames: src/parse.c src/write.c\n\tcc -o names src/*.c\n\n"
    .. "test: names\n\t./names --self-test\n",
  [".gitignore"] = "build/\n*.o\n",
  ["src/parse.c"] = [[
#include "names.h"
#include <string.h>

/* Read one name of at most 15 bytes. */
int parse_name(const char *text, struct name *to) {
  size_t n = strlen(text);
  memcpy(to->bytes, text, n);
  to->length = n;
  return 0;
}

/* Read all names, one a line.  Return how many there are. */
int parse_all(const char *text, struct name *to, int most) {
  int count = 0;
  while (*text && count < most) {
    if (parse_name(text, &to[count]) == 0) count++;
    text = strchr(text, '\n');
    if (!text) break;
    text++;
  }
  return count;
}
]],
  ["src/write.c"] = [[
#include "names.h"
#include <stdio.h>

/* Write one name and a newline. */
int write_name(const struct name *name, FILE *to) {
  fwrite(name->bytes, 1, name->length, to);
  fputc('\n', to);
  return 0;
}
]],
  ["src/names.h"] = [[
#ifndef NAMES_H
#define NAMES_H
#include <stddef.h>

struct name {
  char bytes[16];
  size_t length;
};

int parse_name(const char *text, struct name *to);

#endif
]],
  ["docs/format.md"] = [[
# The format

One name a line, of 1 to 15 bytes. An empty line is no name.

Names are bytes, not characters.
]],
}

--- What the reviewers of a project with *paths* could find, as fn(n) -> { title, path,
-- line }: the same for all of a *seed*.
function project.subjects(seed)
  local TITLES = {
    "The length of a name is not checked before it is copied",
    "An empty line counts as a name", "The return value of fwrite is ignored",
    "The comment says 15 bytes, the code takes 16",
    "A name without a newline at the end is lost", "The error path leaks the buffer",
    "The second argument may be null", "Nothing tests the longest name",
  }
  return function(paths, n)
    local luck = chance.new(seed, "subject " .. n)
    local said = { title = TITLES[(n + luck:below(2) - 1) % #TITLES + 1] }
    if paths[1] and not luck:one_in(5) then
      said.path, said.line = luck:pick(paths), luck:between(1, 20)
    end
    return said
  end
end

--- The files of a git repository of *files*, in a world's own form of one: the settings
-- and folders that are looked at from outside.
function project.repository()
  return {
    [".git/HEAD"] = "ref: refs/heads/main\n",
    [".git/config"] = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n",
    [".git/info/exclude"] = "",
    [".git/objects"] = { folder = true },
    [".git/hooks"] = { folder = true },
  }
end

return project
