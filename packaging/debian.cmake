# station_VERSION_ARCH.deb and libstation-dev_VERSION_ARCH.deb, from whatever folder was built: the program that is packaged
# is the one that was tested. What is EXCLUDE_FROM_ALL here, `cmake --install` alone leaves out.
set(debian "${CMAKE_CURRENT_SOURCE_DIR}/debian")
set(only_packaged COMPONENT station EXCLUDE_FROM_ALL)

# Beside the prefix, which is /usr in a package.
install(FILES "${pages}/station.conf" DESTINATION ../etc/station ${only_packaged})
install(FILES station.service DESTINATION lib/systemd/system ${only_packaged})
install(FILES "${PROJECT_SOURCE_DIR}/docs/operations.md" "${PROJECT_SOURCE_DIR}/docs/protocol.md"
  "${PROJECT_SOURCE_DIR}/docs/security.md" "${PROJECT_SOURCE_DIR}/docs/storage.md" "${PROJECT_SOURCE_DIR}/docs/chat.md"
  "${PROJECT_SOURCE_DIR}/docs/ledger.md" DESTINATION share/doc/station ${only_packaged})
install(DIRECTORY examples DESTINATION share/doc/station ${only_packaged})
install(FILES "${PROJECT_SOURCE_DIR}/docs/embedding.md" DESTINATION share/doc/libstation-dev COMPONENT development EXCLUDE_FROM_ALL)

find_program(gzip gzip)
set(changelog "${CMAKE_CURRENT_BINARY_DIR}/changelog.gz")
add_custom_command(OUTPUT "${changelog}" COMMAND "${gzip}" -9nc "${debian}/changelog" > "${changelog}"
  DEPENDS "${debian}/changelog" VERBATIM)
add_custom_target(station_changelog DEPENDS "${changelog}")
add_dependencies(station_packaged station_changelog)
foreach(package station libstation-dev)
  set(component station)
  if(package STREQUAL "libstation-dev")
    set(component development)
  endif()
  install(FILES "${changelog}" "${debian}/copyright" DESTINATION share/doc/${package} COMPONENT ${component} EXCLUDE_FROM_ALL)
endforeach()

file(STRINGS "${debian}/changelog" first LIMIT_COUNT 1)
if(NOT first MATCHES "^station \\(${PROJECT_VERSION}\\) ")
  message(FATAL_ERROR "packaging/debian/changelog does not begin with ${PROJECT_VERSION}: ${first}")
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME station)
set(CPACK_PACKAGE_VENDOR "The Station authors")
set(CPACK_PACKAGE_CONTACT "The Station authors <maintainers@station.example>")
# Each package has its own: this one would stand before both.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL station development)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_STATION_PACKAGE_NAME station)
set(CPACK_DEBIAN_STATION_PACKAGE_SECTION net)
set(CPACK_DEBIAN_STATION_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_STATION_PACKAGE_DEPENDS "init-system-helpers (>= 1.52)")
set(CPACK_DEBIAN_STATION_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_STATION_PACKAGE_SUGGESTS "nginx | caddy")
set(CPACK_DEBIAN_STATION_DESCRIPTION "small, durable message bus with a web page
Programs publish events to topics over WebSocket, HTTP or JSON lines, and read
them from any point on, live or years back. What was acknowledged is on the
disk. One binary, one folder, no other service; a ledger with proofs and a
chat for a team are built in.")
set(CPACK_DEBIAN_STATION_PACKAGE_CONTROL_EXTRA
  "${debian}/conffiles;${debian}/postinst;${debian}/prerm;${debian}/postrm")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libstation-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libexpected-dev, libisal-dev")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS
  "libasio-dev, libcli11-dev, libroaring-dev, libsodium-dev, libsqlite3-dev, zlib1g-dev")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "durable message log in a folder: headers and static libraries
For programs in C++20 that publish, replay and follow events in a folder of
their own, without a server. Comes with a CMake package and a file for
pkg-config.")
include(CPack)
