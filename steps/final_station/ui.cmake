# The page, compiled in: station_ui has ui.hpp's find_ui_file(), made from ui/ by embed_ui.cmake.

# station_embed_ui(target folder file...)
function(station_embed_ui target root)
  set(output "${CMAKE_CURRENT_BINARY_DIR}/${target}_files.cpp")
  set(script "${PROJECT_SOURCE_DIR}/steps/final_station/embed_ui.cmake")
  list(TRANSFORM ARGN PREPEND "${root}/" OUTPUT_VARIABLE paths)
  add_custom_command(OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${output}" "-DROOT=${root}" "-DFILES=${ARGN}" -P "${script}"
    DEPENDS ${paths} "${script}" COMMENT "Embedding ${root}" VERBATIM)
  add_library(${target} STATIC "${output}")
  target_include_directories(${target} PUBLIC "${PROJECT_SOURCE_DIR}/steps/final_station")
  target_compile_features(${target} PUBLIC cxx_std_20)
  station_warnings(${target})
endfunction()

station_embed_ui(station_ui "${PROJECT_SOURCE_DIR}/steps/final_station/ui"
  access.js
  access_view.js
  announce.js
  app.js
  backoff.js
  charts.js
  composer_view.js
  connection.js
  connection_view.js
  detail_view.js
  dom.js
  emitter.js
  event_ring.js
  events_view.js
  feed.js
  format.js
  frames.js
  graphs_view.js
  icon.svg
  index.html
  json.js
  outbox.js
  panels.css
  payload.js
  poll.js
  position_view.js
  prometheus.js
  recovery_view.js
  replay_view.js
  style.css
  theme.js
  topics_view.js
  unsettled.js)
