# cmake -DSOURCE=… -DWORK=… -DCXX=… -DFLAGS=… -P pkg_config.cmake
# The program of docs/embedding.md, with a compiler and pkg-config alone. The installed tree is moved first: the file must
# not know where it was.
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/run.cmake")
find_program(PKG_CONFIG pkg-config REQUIRED)
set(folder "${WORK}/pkg_config")
file(REMOVE_RECURSE "${folder}")
file(MAKE_DIRECTORY "${folder}")
file(COPY "${WORK}/installed/" DESTINATION "${folder}/moved")
program_of(embedding "${folder}/program.cpp")

file(GLOB_RECURSE description "${folder}/moved/*/station-log.pc")
cmake_path(GET description PARENT_PATH descriptions)
set(ENV{PKG_CONFIG_PATH} "${descriptions}")
run("${PKG_CONFIG}" --validate station-log)
run("${PKG_CONFIG}" --cflags --libs station-log)
separate_arguments(options UNIX_COMMAND "${output}")
separate_arguments(flags UNIX_COMMAND "${FLAGS}")
run("${CXX}" -std=c++20 ${flags} "${folder}/program.cpp" ${options} -o "${folder}/program")
run_embedding_program("${folder}/program" "${folder}/data")
