// Which files lie in a folder of topics, and what they are called; docs/storage.md draws it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace station::log {

inline constexpr const char* kLockFile = "LOCK";
inline constexpr const char* kMetaFile = "bus.meta.json";
inline constexpr const char* kLiveFile = "bus.live";
inline constexpr const char* kTopicsFolder = "topics";

std::string segment_file_name(std::uint32_t number);  // log-00000001.seg
std::string index_file_name(std::uint32_t number);    // log-00000001.idx
// The number in the name of a segment file; nullopt for any other name.
std::optional<std::uint32_t> segment_number(std::string_view file_name);

}  // namespace station::log
