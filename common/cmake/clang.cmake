# The clang of this release, as a toolchain file: 16 on Debian 12, 19 on Debian 13. CMakePresets.json builds with it what
# wants clang.
find_program(STATION_CLANG NAMES clang++-16 clang++-19 REQUIRED)
set(CMAKE_CXX_COMPILER "${STATION_CLANG}")
