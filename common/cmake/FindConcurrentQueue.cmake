# Finds moodycamel's ConcurrentQueue (headers only), and copies what is used of it into the build folder. Wherever a
# distribution keeps the original, the copy is <moodycamel/concurrentqueue.h> in ConcurrentQueue_INCLUDE_DIR; no system
# has that name on its include path, so nothing is compiled with the original by mistake.
#
# The copy is mended: 1.0.3 (Debian 12) and 1.0.4 (Debian 13) give a block of items back without an acquire, and its
# next producer may write while a consumer still reads. 1.0.5 has it, and is copied as it is. Where the lines are
# neither, the configuration stops: a patch that does not fit must not pass for one that does.
find_path(ConcurrentQueue_ORIGINAL_DIR concurrentqueue.h
  PATH_SUFFIXES concurrentqueue/moodycamel concurrentqueue moodycamel)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ConcurrentQueue REQUIRED_VARS ConcurrentQueue_ORIGINAL_DIR)
mark_as_advanced(ConcurrentQueue_ORIGINAL_DIR)

# Block::set_empty, Block::set_many_empty, FreeList::add_knowing_refcount_is_zero
set(concurrent_queue_gives_back
  "elementsCompletelyDequeued.fetch_add(1, "
  "elementsCompletelyDequeued.fetch_add(count, "
  "freeListRefs.fetch_add(SHOULD_BE_ON_FREELIST - 1, ")

function(concurrent_queue_copy from to)
  file(READ "${from}" original)
  set(text "${original}")
  foreach(operation IN LISTS concurrent_queue_gives_back)
    set(right "${operation}std::memory_order_acq_rel)")
    string(REPLACE "${operation}std::memory_order_release)" "${right}" text "${text}")
    string(FIND "${text}" "${operation}" first)
    string(FIND "${text}" "${operation}" last REVERSE)
    string(FIND "${text}" "${right}" mended)
    if(first EQUAL -1 OR NOT last EQUAL first OR NOT mended EQUAL first)
      message(FATAL_ERROR "${from} is no ConcurrentQueue that is known here: expected one \"${operation}…)\", with "
        "memory_order_release (1.0.3, 1.0.4) or memory_order_acq_rel (1.0.5). Install one of these, and name its "
        "folder: -DConcurrentQueue_ORIGINAL_DIR=…")
    endif()
  endforeach()
  if(NOT text STREQUAL original)
    string(PREPEND text "// Changed for station: what gives a block back acquires, as in 1.0.5.\n")
  endif()
  # What did not change keeps its time, so that nothing is compiled again.
  set(present "")
  if(EXISTS "${to}")
    file(READ "${to}" present)
  endif()
  if(NOT text STREQUAL present)
    file(WRITE "${to}" "${text}")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${from}")
endfunction()

if(ConcurrentQueue_FOUND)
  set(ConcurrentQueue_INCLUDE_DIR "${PROJECT_BINARY_DIR}/third_party")
  concurrent_queue_copy("${ConcurrentQueue_ORIGINAL_DIR}/concurrentqueue.h"
    "${ConcurrentQueue_INCLUDE_DIR}/moodycamel/concurrentqueue.h")
  configure_file("${ConcurrentQueue_ORIGINAL_DIR}/lightweightsemaphore.h"
    "${ConcurrentQueue_INCLUDE_DIR}/moodycamel/lightweightsemaphore.h" COPYONLY)
endif()
