// What the station counts, beside what the log counts of each topic. Any thread; no locks.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <station/metrics/bucket_histogram.hpp>
#include <string_view>
#include <utility>

#include "engine/publish_counters.hpp"

namespace station::final_station {

enum class Door { http, websocket, lines };
inline constexpr std::array<std::string_view, 3> kDoorNames{"http", "websocket", "lines"};

// What never gets as far as a request or a publish, by why.
enum class Denial { foreign_origin, foreign_host, too_many_connections };
inline constexpr std::array<std::string_view, 3> kDenialNames{"foreign_origin", "foreign_host", "too_many_connections"};

class Counters : public PublishCounters {
  public:
    // Once for each answer of the web port, when it is made.
    void responded(int http_status);
    void denied(Denial why) { denials[static_cast<std::size_t>(why)].fetch_add(1, std::memory_order_relaxed); }

    struct PerDoor {
        Number open{0};
        Number opened{0};
    };
    std::array<PerDoor, 3> doors;
    Number connections{0};  // accepted and not yet ended, each once, whichever thread and door it is at
    std::array<Number, kDenialNames.size()> denials{};
    std::array<Number, 500> responses{};  // of the web port, by their status less 100
    Number bytes_in{0};
    Number bytes_out{0};
    Number delivered{0};                     // events sent to subscribers, HTTP's readers among them
    Number slow_closed{0};                   // connections ended because they were too slow
    Number broken_requests{0};               // frames, texts and requests that did not parse
    Number unauthorized{0};                  // requests and lines without the token, or with a wrong one
    metrics::LatencyBuckets fanout_seconds;  // from an event's time to its being handed to a live subscriber's socket
};

// One of the connections that the limit allows, from accept to end. It goes with the socket, from thread to thread and
// from door to door: sums over places that hand a connection on would count it twice, and turn another away.
class ConnectionSlot {
  public:
    explicit ConnectionSlot(Counters& counters) : counters_(&counters) {
        counters.connections.fetch_add(1, std::memory_order_relaxed);
    }
    ConnectionSlot(ConnectionSlot&& other) noexcept : counters_(std::exchange(other.counters_, nullptr)) {}
    ConnectionSlot& operator=(ConnectionSlot&&) = delete;
    ~ConnectionSlot() {
        if (counters_ != nullptr) counters_->connections.fetch_sub(1, std::memory_order_relaxed);
    }

  private:
    Counters* counters_;
};

// Counts a connection at its door, in and out, and that it was too slow, once, however often it is found so.
class OpenConnection {
  public:
    OpenConnection(Counters& counters, Door door, ConnectionSlot slot)
        : counters_(counters), door_(counters.doors[static_cast<std::size_t>(door)]), slot_(std::move(slot)) {
        door_.open.fetch_add(1, std::memory_order_relaxed);
        door_.opened.fetch_add(1, std::memory_order_relaxed);
    }
    OpenConnection(const OpenConnection&) = delete;
    OpenConnection& operator=(const OpenConnection&) = delete;
    ~OpenConnection() { door_.open.fetch_sub(1, std::memory_order_relaxed); }

    // For the door that goes on with it.
    ConnectionSlot take_slot() { return std::move(slot_); }

    void too_slow() {
        if (!std::exchange(slow_, true)) counters_.slow_closed.fetch_add(1, std::memory_order_relaxed);
    }

  private:
    Counters& counters_;
    Counters::PerDoor& door_;
    ConnectionSlot slot_;
    bool slow_ = false;
};

}  // namespace station::final_station
