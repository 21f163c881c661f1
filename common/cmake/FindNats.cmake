# Finds libnats, the C client of NATS, and defines Nats::Nats. Without it there is no engine but the log.
include("${CMAKE_CURRENT_LIST_DIR}/StationFindLibrary.cmake")
station_find_library(Nats HEADER nats/nats.h LIBRARY nats)
