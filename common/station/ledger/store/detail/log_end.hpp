// Where a ledger's log goes on: behind its last record, hidden or not.
#pragma once

#include <cstdint>
#include <station/log/event_id.hpp>

namespace station::ledger {

struct LogEnd {
    std::uint64_t offset = 0;
    std::int64_t time = 0;  // ns since 1970, of the last record, as is what follows
    log::EventId id;
    std::uint64_t wall_ms = 0;
    std::uint64_t counter = 0;
};

}  // namespace station::ledger
