# What `cmake --install` brings for those who build on Station: a component of the CMake package for each library, and
# station-log.pc for builds without CMake. What a component needs is read off the targets, so that it is written once.
include(CMakePackageConfigHelpers)

# The components that `component` is built on, itself last, and the packages that they all need, in the variables named
# by `components` and `packages`.
function(station_needs component components packages)
  set(found_components "")
  set(found_packages "")
  get_target_property(links station_${component} INTERFACE_LINK_LIBRARIES)
  foreach(link IN LISTS links)
    string(REGEX REPLACE [[^\$<LINK_ONLY:(.*)>$]] [[\1]] link "${link}")
    if(link MATCHES "^station::(.*)")
      station_needs("${CMAKE_MATCH_1}" below_components below_packages)
      list(APPEND found_components ${below_components})
      list(APPEND found_packages ${below_packages})
    elseif(link STREQUAL "tl::expected")
      list(APPEND found_packages tl-expected)
    elseif(link STREQUAL "SQLite::SQLite3")
      list(APPEND found_packages SQLite3)
    elseif(link MATCHES "^([A-Za-z0-9_]+)::")
      list(APPEND found_packages "${CMAKE_MATCH_1}")
    endif()
  endforeach()
  list(APPEND found_components "${component}")
  list(REMOVE_DUPLICATES found_components)
  list(REMOVE_DUPLICATES found_packages)
  set(${components} "${found_components}" PARENT_SCOPE)
  set(${packages} "${found_packages}" PARENT_SCOPE)
endfunction()

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/station")
get_property(station_components GLOBAL PROPERTY STATION_COMPONENTS)
set(station_component_needs "")
foreach(component IN LISTS station_components)
  station_needs("${component}" components packages)
  string(APPEND station_component_needs
    "set(station_${component}_components ${components})\nset(station_${component}_packages ${packages})\n")
  install(EXPORT station-${component} NAMESPACE station:: DESTINATION "${package_dir}" COMPONENT development)
endforeach()

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/stationConfig.cmake.in"
  "${CMAKE_CURRENT_BINARY_DIR}/stationConfig.cmake" INSTALL_DESTINATION "${package_dir}"
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/stationConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/stationConfig.cmake"
  "${CMAKE_CURRENT_BINARY_DIR}/stationConfigVersion.cmake" "${CMAKE_CURRENT_LIST_DIR}/StationFindLibrary.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/FindAsio.cmake" "${CMAKE_CURRENT_LIST_DIR}/FindISAL.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/FindRoaring.cmake" "${CMAKE_CURRENT_LIST_DIR}/FindSodium.cmake"
  DESTINATION "${package_dir}" COMPONENT development)

# An archive does not know what it needs: the file names it for those who link without --static, too. All is said from
# where the file lies, so that the tree may be moved.
station_needs(log components packages)
list(REVERSE components)
list(TRANSFORM components PREPEND "-lstation_")
list(JOIN components " " station_log_libraries)
file(RELATIVE_PATH station_prefix "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" station_prefix "${station_prefix}")
cmake_path(APPEND station_libdir "\${prefix}" "${CMAKE_INSTALL_LIBDIR}")
cmake_path(APPEND station_includedir "\${prefix}" "${CMAKE_INSTALL_INCLUDEDIR}")
configure_file("${CMAKE_CURRENT_LIST_DIR}/station-log.pc.in" "${CMAKE_CURRENT_BINARY_DIR}/station-log.pc" @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/station-log.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig"
  COMPONENT development)
