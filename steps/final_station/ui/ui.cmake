# The pages, compiled in: station_ui has ui.hpp's find_ui_file(), station_chat_ui its chat_ui_files(), made by
# embed_ui.cmake. What lies in bus/ is served at /, what pages share at /shared/; the chat's page lies at /chat/, with
# what is shared at /chat/shared/, since it may be all that is served.

# station_embed_ui(target folder [PAGE chat] file...)
function(station_embed_ui target root)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "PAGE" "")
  set(files ${arg_UNPARSED_ARGUMENTS})
  set(output "${CMAKE_CURRENT_BINARY_DIR}/${target}_files.cpp")
  set(script "${PROJECT_SOURCE_DIR}/steps/final_station/ui/embed_ui.cmake")
  list(TRANSFORM files PREPEND "${root}/" OUTPUT_VARIABLE paths)
  add_custom_command(OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${output}" "-DROOT=${root}" "-DFILES=${files}" "-DPAGE=${arg_PAGE}" -P
      "${script}"
    DEPENDS ${paths} "${script}" COMMENT "Embedding ${root}" VERBATIM)
  add_library(${target} STATIC "${output}")
  target_include_directories(${target} PUBLIC "${PROJECT_SOURCE_DIR}/steps/final_station")
  target_compile_features(${target} PUBLIC cxx_std_20)
  station_warnings(${target})
endfunction()

station_embed_ui(station_ui "${PROJECT_SOURCE_DIR}/steps/final_station/ui"
  bus/access.js
  bus/access_view.js
  bus/app.js
  bus/charts.js
  bus/composer_view.js
  bus/connection.js
  bus/detail_view.js
  bus/event_window.js
  bus/events_view.js
  bus/feed.js
  bus/frames.js
  bus/graphs_view.js
  bus/history.js
  bus/icon.svg
  bus/index.html
  bus/outbox.js
  bus/panels.css
  bus/pattern.js
  bus/payload.js
  bus/poll.js
  bus/position_view.js
  bus/prometheus.js
  bus/recovery_view.js
  bus/replay_view.js
  bus/several_feed.js
  bus/several_view.js
  bus/style.css
  bus/timeline.js
  bus/topics_view.js
  bus/unsettled.js
  shared/announce.js
  shared/backoff.js
  shared/base.css
  shared/connection_view.js
  shared/dom.js
  shared/emitter.js
  shared/format.js
  shared/json.js
  shared/lasting_socket.js
  shared/theme.js)

set(ui_root "${PROJECT_SOURCE_DIR}/steps/final_station/ui")
file(GLOB_RECURSE chat_ui_files RELATIVE "${ui_root}" CONFIGURE_DEPENDS
  "${ui_root}/chat/*.css" "${ui_root}/chat/*.html" "${ui_root}/chat/*.js" "${ui_root}/chat/*.svg" "${ui_root}/shared/*.css"
  "${ui_root}/shared/*.js")
station_embed_ui(station_chat_ui "${ui_root}" PAGE chat ${chat_ui_files})
