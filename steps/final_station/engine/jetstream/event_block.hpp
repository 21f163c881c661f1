// Some events that came together, with all that their views show. Immutable once it is handed out: any number of
// subscribers may share it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <station/log/record.hpp>
#include <vector>

namespace station::jetstream {

struct EventBlock {
    std::vector<log::Record> events;  // offsets ascend; where JetStream has a hole, they jump
    std::vector<std::byte> bytes;     // what the events show

    std::uint64_t next_offset() const { return events.back().offset + 1; }
};

// Never empty.
using EventBlockPointer = std::shared_ptr<const EventBlock>;

}  // namespace station::jetstream
