# Finds CRoaring (compressed bitmaps), and defines Roaring::Roaring.
include("${CMAKE_CURRENT_LIST_DIR}/StationFindLibrary.cmake")
station_find_library(Roaring HEADER roaring/roaring.h LIBRARY roaring)
