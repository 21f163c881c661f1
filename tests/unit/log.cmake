# The log's tests. The simulated disk is a library of its own, for whoever else breaks disks.
add_library(simulated_disk STATIC log_simulated_calls.cpp log_simulated_disk.cpp)
target_include_directories(simulated_disk PUBLIC "${CMAKE_CURRENT_LIST_DIR}")
target_link_libraries(simulated_disk PUBLIC station::log)
station_warnings(simulated_disk)

station_unit_test(log
  SOURCES log_async_test.cpp log_beside_test.cpp log_bus_test.cpp log_codec_test.cpp log_cursor_test.cpp
    log_dump_test.cpp log_event_id_test.cpp log_forged_test.cpp log_ledger_topic_test.cpp
    log_lookup_test.cpp log_mark_test.cpp log_names_test.cpp log_read_errors_test.cpp
    log_residency_test.cpp log_recovery_errors_test.cpp log_recovery_plan_test.cpp log_recovery_test.cpp log_scan_test.cpp
    log_simulated_disk_test.cpp log_topic_pattern_test.cpp log_writer_errors_test.cpp log_writer_limits_test.cpp log_writer_test.cpp
  LINK station::log station::asio simulated_disk)

station_unit_test(log_retention SOURCES log_deletion_test.cpp log_retention_test.cpp LINK station::log simulated_disk)
