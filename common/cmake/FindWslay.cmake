# Finds wslay (WebSocket frames), and defines Wslay::Wslay. No part of Station is made with it: a fuzz target asks it for
# a second opinion.
include("${CMAKE_CURRENT_LIST_DIR}/StationFindLibrary.cmake")
station_find_library(Wslay HEADER wslay/wslay.h LIBRARY wslay)
