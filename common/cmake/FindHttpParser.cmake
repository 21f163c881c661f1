# Finds http-parser (HTTP/1.1 syntax), and defines HttpParser::HttpParser.
include("${CMAKE_CURRENT_LIST_DIR}/StationFindLibrary.cmake")
station_find_library(HttpParser HEADER http_parser.h LIBRARY http_parser)
