// A place in a topic's log, named by offset, time or id. They all grow along the log, so one comparison serves each.
#pragma once

#include <cstdint>
#include <station/log/event_id.hpp>

namespace station::log {

// Where to begin reading: at the first event that is not before this.
struct Target {
    enum class By { offset, time, id };
    By by = By::offset;
    std::uint64_t offset = 0;
    std::int64_t time = 0;
    EventId id;
    bool exclusive = false;  // what equals the target is before it, too

    bool before(std::uint64_t event_offset, std::int64_t event_time, const EventId& event_id) const;
};

}  // namespace station::log
