// What was committed, and where it lies now.
#pragma once

#include <cstdint>
#include <station/ledger/event/event.hpp>
#include <station/ledger/wire/hash.hpp>

namespace station::ledger {

template <typename T>
struct Committed {
    T payload;
    EventId event_id;
    std::uint64_t sequence = 0;  // within the entity
    Hash hash;                   // the event's
};

}  // namespace station::ledger
