# Finds libsodium (Ed25519, XChaCha20-Poly1305, Argon2id), and defines Sodium::Sodium.
include("${CMAKE_CURRENT_LIST_DIR}/StationFindLibrary.cmake")
station_find_library(Sodium HEADER sodium.h LIBRARY sodium)
