# What every target of this tree is built with.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
endif()

find_program(STATION_CCACHE ccache)
if(STATION_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${STATION_CCACHE}")
endif()

# A build links some two hundred programs; LLVM's linker takes a quarter to a half of the time that binutils' takes. Who
# embeds the library keeps their own.
if(PROJECT_IS_TOP_LEVEL)
  find_program(STATION_LLD ld.lld)
  if(STATION_LLD)
    add_link_options(-fuse-ld=lld)
  endif()
endif()

find_package(Threads REQUIRED)
find_package(Asio REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ConcurrentQueue REQUIRED)
find_package(HttpParser)
find_package(ISAL REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(ZLIB REQUIRED)
include(GNUInstallDirs)

# Asio 1.22 decides how to allocate by what standard headers were included before it. Left to that, one file's memory
# comes from aligned_alloc() and another one's code gives it to operator delete.
#
# clang and g++ 12 both take coroutines from <coroutine>; Asio 1.22 recognises only g++ by itself.
set(STATION_ASIO_DEFINITIONS ASIO_SEPARATE_COMPILATION ASIO_NO_DEPRECATED ASIO_DISABLE_STD_ALIGNED_ALLOC)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  list(APPEND STATION_ASIO_DEFINITIONS ASIO_HAS_CO_AWAIT ASIO_HAS_STD_COROUTINE)
endif()

if(STATION_SANITIZE)
  set(sanitizer_flags -fsanitize=${STATION_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  # Without optimisation AddressSanitizer builds twice as fast, and what inlining hides shows: of two inline functions
  # with the same name in two files of a program, the linker keeps one. ThreadSanitizer's tests are slower than its build.
  if(STATION_SANITIZE STREQUAL "thread")
    add_compile_options(${sanitizer_flags} -O1)
  else()
    add_compile_options(${sanitizer_flags} -O0)
  endif()
  add_link_options(${sanitizer_flags})
  add_compile_definitions(STATION_SLOW_ASSERTIONS)
endif()

# The presets compile ten files of a target as one, with a sanitizer sixteen, which halves the time of a first build: what a file keeps for itself, in
# an anonymous namespace, needs a name that no other file of its target has. `./dev build --clang` compiles each file alone,
# so that none lives on what its neighbour includes.

# Warnings are PRIVATE to this tree: who embeds the library keeps their own.
function(station_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion -Wshadow -Wpedantic
    "$<$<CXX_COMPILER_ID:Clang>:-Wthread-safety;-Wconsumed>" $<$<BOOL:${STATION_WERROR}>:-Werror>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_UNITY_BUILD)
    # A source that another one includes looks like a header to g++, and its anonymous namespace like a mistake.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # False alarms of g++ -O2 about the frames of Asio's awaitables.
    target_compile_options(${target} PRIVATE -Wno-mismatched-new-delete)
    if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      # And of g++ 12 about std::string's small buffers.
      target_compile_options(${target} PRIVATE -Wno-restrict)
    else()
      # g++ 14 suspects every function that is given a temporary and returns a reference, whatever the reference is to.
      target_compile_options(${target} PRIVATE -Wno-dangling-reference)
    endif()
  endif()
endfunction()

# ccache only looks at files that use a precompiled header where it is told to.
set(STATION_PCH_LAUNCHER "")
if(STATION_CCACHE)
  set(STATION_PCH_LAUNCHER "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros;${STATION_CCACHE}")
endif()

# For programs that read their own debug information: an object of another folder, which a cache may be set to give out,
# would name files that are not there.
function(station_reads_own_lines target)
  if(STATION_CCACHE)
    set_target_properties(${target} PROPERTIES
      CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND};-E;env;CCACHE_HASHDIR=true;${STATION_CCACHE}")
  endif()
endfunction()

set(STATION_WORK "${PROJECT_SOURCE_DIR}/work" CACHE PATH "Where the learner's files are")

# station_library(wire SOURCES line.cpp HEADERS line.hpp LINK ... PRIVATE_LINK ... PRIVATE_HEADERS ...)
# One library for each folder of common/station, included as <station/wire/line.hpp>. PRIVATE_HEADERS are libraries that
# only its sources include and that leave nothing to link: who uses the installed library needs none of them.
function(station_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;HEADERS;LINK;PRIVATE_LINK;PRIVATE_HEADERS" ${ARGN})
  set(target station_${name})
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE ${arg_PRIVATE_LINK})
    foreach(library IN LISTS arg_PRIVATE_HEADERS)
      target_link_libraries(${target} PRIVATE "$<BUILD_INTERFACE:${library}>")
    endforeach()
    station_warnings(${target})
    # What an exercise or a learner replaces stays an object of its own: steps/exercise.cmake.
    foreach(source IN LISTS arg_SOURCES)
      cmake_path(GET source FILENAME file)
      file(GLOB_RECURSE replacements "${PROJECT_SOURCE_DIR}/steps/${file}" "${STATION_WORK}/${file}")
      if(replacements MATCHES "/station/${name}/${source}")
        set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
      endif()
    endforeach()
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(station::${name} ALIAS ${target})
  target_compile_features(${target} ${scope} cxx_std_20)
  target_sources(${target} ${scope} FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/common" FILES ${arg_HEADERS})
  target_link_libraries(${target} ${scope} ${arg_LINK})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} VERIFY_INTERFACE_HEADER_SETS ON)
  if(STATION_INSTALL)
    set_property(GLOBAL APPEND PROPERTY STATION_COMPONENTS ${name})
    install(TARGETS ${target} EXPORT station-${name}
            FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development
            ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)
  endif()
endfunction()
