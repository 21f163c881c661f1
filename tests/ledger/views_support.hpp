// What the tests of projections, cursors, subscriptions and reactors share.
#pragma once

#include <stdexcept>
#include <store_support.hpp>

namespace station::ledger::test {

// For threads, too, where Catch can't be asked.
inline void must(const Result<void>& done) {
    if (!done) throw std::runtime_error{done.error().message()};
}

inline std::string text_of(const StoredEvent& event) { return pack_to_json(event->payload).value_or("?"); }

}  // namespace station::ledger::test
