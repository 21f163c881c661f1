// Events of every shape, and the golden files that hold them as bytes: golden/<name>.hex.
#pragma once

#include <optional>
#include <station/ledger/event/event.hpp>
#include <string>
#include <vector>

#include "bytes.hpp"

namespace station::ledger::test {

struct Sample {
    std::string name;
    std::string entity;
    std::string scope;
    Buffer payload;
    EventHeader header;
    Hash prev_hash;
    std::optional<EventId> key;
    std::optional<BatchMark> batch;
};

struct Encoded {
    Buffer bytes;
    Hash hash;
};

// Places in samples().
inline constexpr std::size_t kSmallest = 0;
inline constexpr std::size_t kWithCause = 1;
inline constexpr std::size_t kWithKey = 2;
inline constexpr std::size_t kWithBatch = 3;
inline constexpr std::size_t kWithKeyAndBatch = 4;
inline constexpr std::size_t kLargeNumbers = 5;

const std::vector<Sample>& samples();
Encoded encoded(const Sample& sample);

// Checks that golden/<name>.hex holds these bytes; with STATION_REWRITE_GOLDEN=1 writes them there instead.
void check_golden(const std::string& name, Bytes bytes);

}  // namespace station::ledger::test
