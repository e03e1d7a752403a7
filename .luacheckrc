-- .luacheckrc - Lua 5.4; no globals of our own, lines as in .editorconfig
std = "lua54"
color = false
max_line_length = 90
files["tests/lua"] = { std = "+busted" }
files["tests/agents"] = { std = "+busted" }
