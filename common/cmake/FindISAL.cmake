# Finds ISA-L (CRC-32C at memory speed), and defines ISAL::ISAL.
include("${CMAKE_CURRENT_LIST_DIR}/StationFindLibrary.cmake")
station_find_library(ISAL HEADER isa-l/crc.h LIBRARY isal)
