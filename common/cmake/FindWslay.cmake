# Finds wslay (WebSocket frames), and defines Wslay::Wslay.
include("${CMAKE_CURRENT_LIST_DIR}/StationFindLibrary.cmake")
station_find_library(Wslay HEADER wslay/wslay.h LIBRARY wslay)
