# cmake -DBUILD=… -DSOURCE=… -DWORK=… -P run.cmake
# Installs what is built, takes the program out of docs/embedding.md, builds it and channel.cpp against the installed
# tree, and runs both.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")

file(READ "${SOURCE}/docs/embedding.md" page)
string(REGEX MATCH "```cpp\n(.*)\n```\n\n## What" found "${page}")
if(NOT found)
  message(FATAL_ERROR "docs/embedding.md has no program")
endif()
file(WRITE "${WORK}/program.cpp" "${CMAKE_MATCH_1}\n")

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGN}: ${result}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${WORK}/installed")
run("${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}" -B "${WORK}/build" -G Ninja "-DCMAKE_PREFIX_PATH=${WORK}/installed"
    "-DPROGRAM=${WORK}/program.cpp" "-DCMAKE_CXX_COMPILER=${CXX}" "-DCMAKE_CXX_FLAGS=${FLAGS}")
run("${CMAKE_COMMAND}" --build "${WORK}/build")
run("${WORK}/build/embedding" "${WORK}/data")
if(NOT output MATCHES "published [0-9a-f-]+ at offset 2\nread cpu=0.79\nread cpu=0.11\n")
  message(FATAL_ERROR "the program said:\n${output}")
endif()
run("${WORK}/build/channel")
