# Finds RapidCheck (properties, with values that it makes up and shrinks), and defines RapidCheck::RapidCheck. Only tests
# use it.
include("${CMAKE_CURRENT_LIST_DIR}/StationFindLibrary.cmake")
station_find_library(RapidCheck HEADER rapidcheck.h LIBRARY rapidcheck)
