# cmake -DBUILD=… -DSOURCE=… -DWORK=… -P installed.cmake
# Installs what is built for the other tests of this folder, and looks at what is there beside the libraries.
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/run.cmake")
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")
run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${WORK}/installed")

if(PROGRAM)
  run("${WORK}/installed/bin/station" --help)
  expect("${output}" "Usage: station ")
endif()
file(GLOB_RECURSE licences "${WORK}/installed/share/doc/*/LICENSE")
file(READ "${SOURCE}/LICENSE" licence)
file(READ "${licences}" installed)
if(NOT licence STREQUAL installed)
  message(FATAL_ERROR "the licence is not the one that is installed: ${licences}")
endif()
file(GLOB_RECURSE inner "${WORK}/installed/include/station/log/detail/*"
  "${WORK}/installed/include/station/ledger/*/detail/*")
if(inner)
  message(FATAL_ERROR "headers that are a library's own are installed: ${inner}")
endif()
