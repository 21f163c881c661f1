// How much of a topic is kept. Only whole, sealed segments go, oldest first; the one that is written to stays. So a
// topic may be larger than `bytes` by less than one segment, and an event may be older than `age` (Kafka's
// retention.bytes and retention.ms are the model).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace station::log {

struct Retention {
    std::optional<std::uint64_t> bytes = {};           // while the topic is larger, its oldest segment goes
    std::optional<std::chrono::nanoseconds> age = {};  // a segment goes when its last event is older

    bool any() const { return bytes.has_value() || age.has_value(); }
    friend bool operator==(const Retention&, const Retention&) = default;
};

}  // namespace station::log
