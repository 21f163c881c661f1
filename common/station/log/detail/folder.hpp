// The folder of a bus: made so that it is there after a power cut, too, and looked into.
#pragma once

#include <optional>
#include <station/log/error.hpp>
#include <station/log/file.hpp>
#include <station/log/record.hpp>

namespace station::log {

// Makes `dir` and its folder of topics, with all that is missing above them, and syncs each name on the way. Every
// time: whoever made a folder may have died before it was durable.
std::optional<Error> make_folders(Disk& disk, const Path& dir);

// A segment's header. nullopt: there is no such file, or nothing sound is written in it yet.
Expected<std::optional<SegmentHeader>> read_header(Disk& disk, const Path& segment);

}  // namespace station::log
