# find_package(station), as somebody else's project does it.
if(STATION_INSTALL)
  set(embedding_flags "")
  if(STATION_SANITIZE)
    set(embedding_flags "-fsanitize=${STATION_SANITIZE}")
  endif()
  add_test(NAME embedding.installed
    COMMAND "${CMAKE_COMMAND}" "-DBUILD=${PROJECT_BINARY_DIR}" "-DSOURCE=${PROJECT_SOURCE_DIR}"
      "-DWORK=${CMAKE_CURRENT_BINARY_DIR}/embedding" "-DCXX=${CMAKE_CXX_COMPILER}" "-DFLAGS=${embedding_flags}"
      -P "${CMAKE_CURRENT_LIST_DIR}/run.cmake")
  set_tests_properties(embedding.installed PROPERTIES TIMEOUT 300)
endif()
