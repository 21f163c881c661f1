# Turns files into a C++ source: cmake -DOUTPUT=ui_files.cpp -DROOT=ui "-DFILES=index.html;app.js" -P embed_ui.cmake
# A file of bus/ goes out under its name alone, others under their whole path. /index.html is also "/". With -DPAGE=chat
# the same of chat/, all of it below /chat. Any byte may be in them. An unknown kind of file is an error: it would go out
# without a type.
cmake_minimum_required(VERSION 3.25)

set(type.html "text/html; charset=utf-8")
set(type.css "text/css; charset=utf-8")
set(type.js "text/javascript; charset=utf-8")
set(type.svg "image/svg+xml")

set(folder bus)
set(top "")
set(finder "

const UiFile* find_ui_file(std::string_view path) {
    for (const UiFile& file : kFiles) {
        if (file.path == path) return &file;
    }
    return nullptr;
}")
if(PAGE)
  set(folder "${PAGE}")
  set(top "/${PAGE}")
  set(finder "")
  set(prefix "${PAGE}_")
endif()

set(bodies "")
set(entries "")
set(number 0)
foreach(name IN LISTS FILES)
  cmake_path(GET name EXTENSION LAST_ONLY extension)
  string(SUBSTRING "${extension}" 1 -1 extension)
  if(NOT DEFINED type.${extension})
    message(FATAL_ERROR "${name}: what is the content type of .${extension}?")
  endif()
  file(READ "${ROOT}/${name}" hex HEX)
  file(SHA256 "${ROOT}/${name}" digest)
  string(SUBSTRING "${digest}" 0 32 digest)
  # Character constants, not one literal: those have a longest length, and a hexadecimal escape in one has no end.
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," hex "${hex}")
  string(APPEND bodies "constexpr char kBody${number}[] = {${hex}'\\0'};\n")
  set(body "{kBody${number}, sizeof kBody${number} - 1}")
  set(rest "\"${type.${extension}}\", ${body}, \"\\\"${digest}\\\"\"")
  string(REGEX REPLACE "^${folder}/" "" name "${name}")
  string(APPEND entries "    {\"${top}/${name}\", ${rest}},\n")
  if(name STREQUAL "index.html")
    string(APPEND entries "    {\"${top}/\", ${rest}},\n")
  endif()
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE "${OUTPUT}" "// Generated from ui/ by embed_ui.cmake.
#include \"ui/ui.hpp\"

namespace station::final_station {
namespace {

${bodies}
constexpr UiFile kFiles[] = {
${entries}};

}  // namespace

std::span<const UiFile> ${prefix}ui_files() { return kFiles; }${finder}

}  // namespace station::final_station
")
