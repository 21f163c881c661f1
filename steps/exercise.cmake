# The exercises: the pieces that a learner writes, first with a hole in them (steps/…/exercise/), then as the learner has
# them (work/…, where it exists).
#
# A folder of an exercise holds files at the path they replace. Its headers are found before the library's, since the
# folder is first on the include path. Its sources are compiled into the program; the linker then takes nothing from the
# library's object of the same name, because nothing it defines is missing any more. So a source in such a folder defines
# all that the library's does, and no library is compiled twice.

# station_exercise_program(TARGET name FOLDER folder OUTPUT exercise/step05_bounded_channel
#                          [MAIN main.cpp] LINK libraries…)
# MAIN is the main.cpp of a folder that has none.
function(station_exercise_program)
  cmake_parse_arguments(arg "" "TARGET;FOLDER;OUTPUT;MAIN" "LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${arg_FOLDER}/*.cpp")
  if(NOT "${arg_FOLDER}/main.cpp" IN_LIST sources)
    list(APPEND sources ${arg_MAIN})
  endif()
  cmake_path(GET arg_OUTPUT PARENT_PATH directory)
  file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/${directory}")
  add_executable(${arg_TARGET} ${sources})
  # The folder is part of the name: ninja calls a program by its name, and "station" is another one.
  set_target_properties(${arg_TARGET} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}" OUTPUT_NAME "${arg_OUTPUT}")
  target_include_directories(${arg_TARGET} BEFORE PRIVATE "${arg_FOLDER}")
  target_link_libraries(${arg_TARGET} PRIVATE ${arg_LINK})
  station_warnings(${arg_TARGET})
  station_step_headers(${arg_TARGET})
endfunction()

# The same with AddressSanitizer and UndefinedBehaviorSanitizer, where the exercise is the program's main.cpp: only that
# file, since what it calls is tested elsewhere.
function(station_sane_program target folder output)
  if(NOT EXISTS "${folder}/main.cpp" OR STATION_SANITIZE)
    return()
  endif()
  cmake_path(GET output PARENT_PATH directory)
  file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/${directory}")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*.cpp")
  add_executable(${target} ${sources})
  set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_compile_options(${target} PRIVATE -O0 -g -fno-omit-frame-pointer ${sanitizers})
  target_link_options(${target} PRIVATE ${sanitizers})
  target_include_directories(${target} BEFORE PRIVATE "${folder}")
  target_link_libraries(${target} PRIVATE station::app station::state)
  set_target_properties(${target} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}" OUTPUT_NAME "${output}" EXCLUDE_FROM_ALL ON)
endfunction()

# The learner's program, as target work_<name>, where there is something of the learner's.
function(station_work_program name output)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS "${STATION_WORK}/${name}/*.cpp" "${STATION_WORK}/${name}/*.hpp")
  if(files)
    station_exercise_program(TARGET work_${name} FOLDER "${STATION_WORK}/${name}" OUTPUT work/${output} ${ARGN})
    # Learners build it by name, and a mistake of theirs is nobody else's.
    set_target_properties(work_${name} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
endfunction()

# station_step_exercise(05_bounded_channel): exercise_05_bounded_channel, and work_05_bounded_channel
function(station_step_exercise step)
  set(how MAIN "${CMAKE_CURRENT_SOURCE_DIR}/${step}/main.cpp" LINK station::app station::state)
  station_exercise_program(TARGET exercise_${step} FOLDER "${CMAKE_CURRENT_SOURCE_DIR}/${step}/exercise"
    OUTPUT exercise/step${step} ${how})
  station_sane_program(exercise_sane_${step} "${CMAKE_CURRENT_SOURCE_DIR}/${step}/exercise" exercise/sane/step${step})
  station_work_program(${step} step${step} ${how})
  station_sane_program(work_sane_${step} "${STATION_WORK}/${step}" work/sane/step${step})
endfunction()

# station_log_exercise(codec): the station with the skeleton of one of the log's or the ledger's files, and with the
# learner's.
function(station_log_exercise name)
  station_exercise_program(TARGET exercise_${name} FOLDER "${CMAKE_CURRENT_SOURCE_DIR}/final_station/exercise/${name}"
    OUTPUT exercise/${name}/station LINK station_commands)
  station_work_program(${name} ${name}/station LINK station_commands)
endfunction()
