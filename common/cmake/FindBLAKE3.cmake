# Finds the reference sources of BLAKE3 in C and assembly, as Debian's package of the Rust crate brings them, and defines
# BLAKE3_SOURCES, BLAKE3_INCLUDE_DIR and BLAKE3_DEFINITIONS: they are compiled into who uses them, since Debian 12 has no
# library of them.
file(GLOB blake3_dirs "/usr/share/cargo/registry/blake3-*/c")
list(SORT blake3_dirs COMPARE NATURAL ORDER DESCENDING)
find_path(BLAKE3_INCLUDE_DIR blake3_impl.h PATHS ${blake3_dirs} NO_DEFAULT_PATH)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(BLAKE3 REQUIRED_VARS BLAKE3_INCLUDE_DIR)
mark_as_advanced(BLAKE3_INCLUDE_DIR)

if(BLAKE3_FOUND)
  set(BLAKE3_SOURCES blake3.c blake3_dispatch.c blake3_portable.c)
  set(BLAKE3_DEFINITIONS "")
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
    list(APPEND BLAKE3_SOURCES blake3_sse2_x86-64_unix.S blake3_sse41_x86-64_unix.S blake3_avx2_x86-64_unix.S
      blake3_avx512_x86-64_unix.S)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    list(APPEND BLAKE3_SOURCES blake3_neon.c)
    set(BLAKE3_DEFINITIONS BLAKE3_USE_NEON=1)
  endif()
  list(TRANSFORM BLAKE3_SOURCES PREPEND "${BLAKE3_INCLUDE_DIR}/")
endif()
