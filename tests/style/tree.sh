# tree.sh SOURCE - rules about the tree that reviewers forget.
set -eu
cd "$1"
bad=0
say() { echo "$*"; bad=1; }
each() { git ls-files -- "$@"; }

# Only these stand at the top.
for entry in $(git ls-files | cut -d/ -f1 | sort -u); do
  case $entry in
    core | lua | patterns | worker-templates | tests | CMakeLists.txt | README.md | LICENSE | SECURITY.md | .*) ;;
    *) say "$entry does not belong at the top of the tree" ;;
  esac
done

# Lua is known to the binding alone; the keeper knows neither Lua nor libuv.
each 'core/*.[ch]' | grep -v -E '^core/(lua_[a-z]+\.[ch]|json\.c|main\.c)$' |
  while read -r file; do grep -Hn -E '#include [<"](lua|lauxlib|lualib)\.h' "$file" || :; done |
  grep . && say "only the binding may include Lua's headers"
each 'core/keeper/*.[ch]' | xargs grep -n -E '#include [<"](uv|lua|jansson|sodium)' &&
  say "the keeper is libc alone"

# Above the seam nothing goes round orch.core.
calls='(^|[^.[:alnum:]_:"])(io\.(open|popen|read|write|lines|stdout|stderr)\b|os\.(execute|time|clock|getenv|remove|rename|tmpname|exit)|math\.random|print *\()'
each 'lua/*.lua' 'patterns/*.lua' 'worker-templates/*.lua' | while read -r file; do
  sed 's/--.*//' "$file" | grep -n -E "$calls" | sed "s|^|$file:|" || :
done | grep . && say "these go round orch.core"

# The library does not know the command line.
each 'lua/orch/*.lua' | grep -v '^lua/orch/cli/' | xargs grep -n 'require.*"orch\.cli' &&
  say "lua/orch does not require orch.cli"

# Every file says first what it is for.
each 'lua/*.lua' 'patterns/*.lua' 'worker-templates/*.lua' | while read -r file; do
  head -n 1 "$file" | grep -q '^--- [A-Za-z`"]' || echo "$file"
done | grep . && say "these do not begin with a line that says what they are for"
each 'core/*.[ch]' | while read -r file; do
  head -n 1 "$file" | grep -q '^/\* .' || echo "$file"
done | grep . && say "these do not begin with a comment that says what they are for"

# A lock holds what is installed and its hashes, not where one machine got it from.
each '*package-lock.json' | xargs grep -n '://' && say "the lock names a registry"

# Aims that may be passed for a reason, not by much.
each 'lua/*.lua' 'core/*.[ch]' 'patterns/*.lua' | while read -r file; do
  case $file in
    lua/orch/types.lua) continue ;; # a page for each name, and nothing is run
    patterns/*) most=60 ;; *.lua) most=300 ;; *) most=400 ;;
  esac
  lines=$(wc -l <"$file")
  [ "$lines" -le "$most" ] || echo "$file has $lines lines, more than $most"
done | grep . && say "these hold more than one idea"

# (luacheck sees to those of Lua, whose comments are not all ASCII)
each 'core/*.[ch]' | while read -r file; do
  awk -v f="$file" 'length($0) > 90 { print f ":" FNR }' "$file"
done | grep . && say "lines end at column 90"

exit $bad
