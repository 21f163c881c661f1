// Reads every byte of a folder of topics and says what is wrong with it, changing nothing. Also works on a folder that
// another process is writing to.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <station/log/error.hpp>
#include <station/log/file.hpp>
#include <station/log/recovery_report.hpp>
#include <string>
#include <vector>

namespace station::log {

struct TopicVerdict {
    std::string topic;
    std::uint64_t first_offset = 0;  // what was before it has gone by retention
    std::uint64_t segments = 0;
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    std::vector<Damage> damage;      // bytes that are not what was written, a log out of order, an index that lies
    std::vector<std::string> notes;  // what the next start will put right: a torn tail, an index that is missing
};

// How far the log of a stream is to be judged, where another process writes to it: the offset of the first event that
// is none of the reader's business yet. nullopt: nobody writes, all of it. Without one, the folder's own marks hold.
using Mark = std::function<std::optional<std::uint64_t>(std::uint32_t stream)>;

// Of the topics named, or of all where none is. `progress` gets the bytes read so far, every 16 MiB.
Result<std::vector<TopicVerdict>> verify(Disk& disk, const Path& dir, const std::vector<std::string>& topics,
                                         const std::function<void(std::uint64_t)>& progress = {},
                                         const Mark& mark = {});

std::string to_json(const TopicVerdict& verdict);

// Describes each thing that lies in a segment file, front to back, one line each.
std::error_code dump_segment(Disk& disk, const Path& path, const std::function<void(const std::string&)>& line);

}  // namespace station::log
