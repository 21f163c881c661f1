# cmake -DWORK=… -DNAME=… -DCOMPONENTS=… -DPROGRAM=… -DPAGE=… -DWITHOUT=… -DCXX=… -DFLAGS=… -P component.cmake
# Builds a program against the installed components, on a machine that has none of the packages WITHOUT, and runs it.
# Without PROGRAM it is the one of docs/PAGE.md, embedding where there is none.
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/run.cmake")
set(folder "${WORK}/${NAME}")
file(REMOVE_RECURSE "${folder}")
file(MAKE_DIRECTORY "${folder}")
set(source "${PROGRAM}")
if(NOT PROGRAM)
  if(NOT PAGE)
    set(PAGE embedding)
  endif()
  set(source "${folder}/program.cpp")
  program_of(${PAGE} "${source}")
endif()

string(REPLACE "," ";" COMPONENTS "${COMPONENTS}")
string(REPLACE "," ";" WITHOUT "${WITHOUT}")
list(TRANSFORM WITHOUT REPLACE "(.+)" "-DCMAKE_DISABLE_FIND_PACKAGE_\\1=ON")
run("${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}" -B "${folder}/build" -G Ninja
  "-DCMAKE_PREFIX_PATH=${WORK}/installed" "-DCOMPONENTS=${COMPONENTS}" "-DPROGRAM=${source}" ${WITHOUT}
  "-DCMAKE_CXX_COMPILER=${CXX}" "-DCMAKE_CXX_FLAGS=${FLAGS}")
run("${CMAKE_COMMAND}" --build "${folder}/build")
if(PROGRAM)
  run("${folder}/build/program" "${folder}/data")
else()
  cmake_language(CALL run_${PAGE}_program "${folder}/build/program" "${folder}/data")
endif()
