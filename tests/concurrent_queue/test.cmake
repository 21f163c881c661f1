# What FindConcurrentQueue.cmake makes of the headers that it knows, and of those that it does not.
add_test(NAME cmake.find_concurrent_queue
  COMMAND "${CMAKE_COMMAND}" "-DMODULES=${PROJECT_SOURCE_DIR}/common/cmake"
    "-DWORK=${CMAKE_CURRENT_BINARY_DIR}/concurrent_queue" "-DORIGINAL=${ConcurrentQueue_ORIGINAL_DIR}"
    -P "${CMAKE_CURRENT_LIST_DIR}/run.cmake")
set_tests_properties(cmake.find_concurrent_queue PROPERTIES TIMEOUT 120)
