# Finds http-parser, and defines HttpParser::HttpParser. Only tests use it: as a second opinion on HTTP, where it is
# installed.
include("${CMAKE_CURRENT_LIST_DIR}/StationFindLibrary.cmake")
station_find_library(HttpParser HEADER http_parser.h LIBRARY http_parser)
