# cmake -DMODULES=… -DWORK=… -DORIGINAL=… -P run.cmake
# Gives FindConcurrentQueue.cmake headers with the lines of 1.0.3, of 1.0.5 and of no known version, and the system's
# own.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE "${WORK}")

# The lines that matter, between one that must stay and one with all that CMake might take for its own.
set(lines [=[
	node->freeListRefs.store(1, std::memory_order_release);
	auto prevVal = elementsCompletelyDequeued.fetch_add(1, std::memory_order_ORDER);
	auto prevVal = elementsCompletelyDequeued.fetch_add(count, std::memory_order_ORDER);
	if (node->freeListRefs.fetch_add(SHOULD_BE_ON_FREELIST - 1, std::memory_order_ORDER) == 1) {
	// ; [brackets] \ "quotes" @at@ $<1:genex> ${variable} ;;
]=])
string(REPLACE ORDER release old "${lines}")
string(REPLACE ORDER acq_rel new "${lines}")
string(REPLACE ORDER relaxed unknown_order "${lines}")
string(REGEX REPLACE "[^\n]*\\(count,[^\n]*\n" "" missing_line "${old}")
string(REGEX MATCH "[^\n]*\\(count,[^\n]*\n" doubled_line "${old}")
string(PREPEND doubled_line "${old}")

# As a distribution installs it: Debian 12 in concurrentqueue, Debian 13 and upstream in concurrentqueue/moodycamel.
function(install_headers name folder text)
  file(WRITE "${WORK}/${name}/include/${folder}/concurrentqueue.h" "${text}")
  file(WRITE "${WORK}/${name}/include/${folder}/lightweightsemaphore.h" "the semaphore of ${name}\n")
endfunction()

# configure(name arguments…): its status and output, and the copy, empty where there is none
function(configure name)
  execute_process(COMMAND "${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}" -B "${WORK}/${name}/build" -G Ninja
    "-DMODULES=${MODULES}" "-DCMAKE_PREFIX_PATH=${WORK}/${name}" ${ARGN}
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  set(copy "${WORK}/${name}/build/third_party/moodycamel/concurrentqueue.h")
  set(copied "")
  if(EXISTS "${copy}")
    file(READ "${copy}" copied)
  endif()
  foreach(variable IN ITEMS name status output copy copied)
    set(${variable} "${${variable}}" PARENT_SCOPE)
  endforeach()
endfunction()

function(wrong what)
  message(SEND_ERROR "${name}: ${what}\n${copied}\n${output}")
endfunction()

foreach(folder IN ITEMS concurrentqueue concurrentqueue/moodycamel)
  string(MAKE_C_IDENTIFIER "old_${folder}" name)
  install_headers(${name} ${folder} "${old}")
  configure(${name})
  if(NOT status EQUAL 0 OR NOT copied STREQUAL
     "// Changed for station: what gives a block back acquires, as in 1.0.5.\n${new}")
    wrong("the lines of 1.0.3 were not mended")
  endif()
  file(STRINGS "${WORK}/${name}/build/third_party/moodycamel/lightweightsemaphore.h" semaphore)
  if(NOT semaphore STREQUAL "the semaphore of ${name}")
    wrong("the semaphore is another one")
  endif()
endforeach()

execute_process(COMMAND touch -d @1000000000 "${copy}" COMMAND_ERROR_IS_FATAL ANY)
configure(${name})
file(TIMESTAMP "${copy}" written "%s")
if(NOT status EQUAL 0 OR NOT written EQUAL 1000000000)
  wrong("what did not change was written again")
endif()

install_headers(new concurrentqueue/moodycamel "${new}")
configure(new)
if(NOT status EQUAL 0 OR NOT copied STREQUAL new)
  wrong("the lines of 1.0.5 were not left alone")
endif()

foreach(unknown IN ITEMS unknown_order missing_line doubled_line)
  install_headers(${unknown} concurrentqueue "${${unknown}}")
  configure(${unknown})
  if(status EQUAL 0 OR NOT output MATCHES "is no ConcurrentQueue that is known here" OR NOT copied STREQUAL "")
    wrong("lines of no known version were taken")
  endif()
endforeach()

# Whichever version is installed here.
configure(system "-DConcurrentQueue_ORIGINAL_DIR=${ORIGINAL}")
set(operations "elementsCompletelyDequeued.fetch_add\\((1|count)|freeListRefs.fetch_add\\(SHOULD_BE_ON_FREELIST - 1")
string(REGEX MATCHALL "(${operations}), std::memory_order_acq_rel\\)" found "${copied}")
list(LENGTH found count)
file(STRINGS "${ORIGINAL}/concurrentqueue.h" original_lines ENCODING UTF-8)
file(STRINGS "${copy}" copied_lines ENCODING UTF-8)
list(LENGTH original_lines original_count)
list(LENGTH copied_lines copied_count)
if(NOT status EQUAL 0 OR NOT count EQUAL 3 OR copied_count LESS original_count)
  wrong("not all of it is there, or not mended")
endif()
