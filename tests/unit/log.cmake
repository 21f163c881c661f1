# The log's tests; the simulated disk is of use to the crash tests, too.
set(unit_folder "${CMAKE_CURRENT_LIST_DIR}")

add_library(simulated_disk STATIC "${unit_folder}/log_simulated_disk.cpp")
target_include_directories(simulated_disk PUBLIC "${unit_folder}")
target_link_libraries(simulated_disk PUBLIC station::log)
station_warnings(simulated_disk)

set(log_tests async bus codec cursor event_id history recovery writer)
list(TRANSFORM log_tests REPLACE "(.+)" "${unit_folder}/log_\\1_test.cpp")

if(COMMAND station_unit_test)
  station_unit_test(log SOURCES ${log_tests} LINK station::log station::asio simulated_disk)
else()
  find_package(Catch2 REQUIRED)
  include(Catch)
  add_executable(unit_log ${log_tests} "${unit_folder}/random.cpp")
  target_link_libraries(unit_log PRIVATE station::log station::asio simulated_disk Catch2::Catch2WithMain)
  target_precompile_headers(unit_log PRIVATE "${unit_folder}/catch.hpp")
  station_warnings(unit_log)
  catch_discover_tests(unit_log TEST_PREFIX "unit.log." PROPERTIES TIMEOUT 300)
endif()
