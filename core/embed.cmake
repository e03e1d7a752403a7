# embed.cmake - turns lua/orch/**/*.lua and re into one C file of byte arrays.
# cmake -DOUT=file.c -DTREE=source -DRE=file -P embed.cmake
file(GLOB_RECURSE files RELATIVE ${TREE} ${TREE}/lua/orch/*.lua)
list(SORT files)
set(arrays "")
set(rows "")
set(count 0)

function(embed module file chunk)
  file(READ ${file} hex HEX)
  string(LENGTH "${hex}" size)
  math(EXPR size "${size} / 2")
  string(REGEX REPLACE "(..)" "0x\\1," hex "${hex}")
  set(arrays
    "${arrays}static const unsigned char file_${count}[] = {${hex}0};\n" PARENT_SCOPE)
  set(rows "${rows}  { \"${module}\", \"${chunk}\", file_${count}, ${size} },\n" PARENT_SCOPE)
  math(EXPR count "${count} + 1")
  set(count ${count} PARENT_SCOPE)
endfunction()

foreach(file IN LISTS files)
  string(REGEX REPLACE "^lua/(.*)\\.lua$" "\\1" module ${file})
  string(REGEX REPLACE "/init$" "" module ${module})
  string(REPLACE "/" "." module ${module})
  if(NOT module STREQUAL "orch.types") # declarations for editors
    embed(${module} ${TREE}/${file} "@${file}")
  endif()
endforeach()
if(RE)
  embed(re ${RE} "@re.lua")
endif()
file(WRITE ${OUT} "/* embedded.c - the Lua library, made by core/embed.cmake */
#include \"embedded.h\"
${arrays}const orch_embedded orch_embedded_files[] = {
${rows}  { NULL, NULL, NULL, 0 }
};
")
