# The lesson of each step shows in the repository's own step, in one of three tries. Numbers are ratios within one run; a
# machine that was too busy to tell is shown as a skipped test, not as a failed one. Nothing else may run meanwhile.
if(NOT STATION_SANITIZE)
  get_directory_property(steps DIRECTORY "${PROJECT_SOURCE_DIR}/steps" DEFINITION STATION_STEPS)
  foreach(name IN LISTS steps)
    string(SUBSTRING ${name} 0 2 step)
    math(EXPR number "1${step} - 100")
    add_test(NAME lesson.step${step} COMMAND ${STATION_TRIES} $<TARGET_FILE:check> ${number} --lesson-only --bin "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
    set_tests_properties(lesson.step${step} PROPERTIES RUN_SERIAL ON TIMEOUT 300 SKIP_RETURN_CODE 3)
  endforeach()
  add_test(NAME lesson.final COMMAND ${STATION_TRIES} $<TARGET_FILE:tour> final --bin "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}" --out "${CMAKE_CURRENT_BINARY_DIR}/tour_final")
  set_tests_properties(lesson.final PROPERTIES RUN_SERIAL ON TIMEOUT 300 SKIP_RETURN_CODE 3)
endif()
