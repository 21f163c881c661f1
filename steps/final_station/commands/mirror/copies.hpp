// Where a mirror's events go. A copy is its own bookkeeping: how far it has come is asked of it at each start, and of
// nothing else. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <station/log/cursor.hpp>
#include <string>
#include <tl/expected.hpp>

#include "engine/jetstream/connection.hpp"
#include "engine/jetstream/stream.hpp"
#include "feed.hpp"

namespace station::final_station {

class Copy {
  public:
    struct Last {
        std::uint64_t offset = 0;  // in the feed
        log::EventId id;
    };

    Copy() = default;
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;
    virtual ~Copy() = default;

    // The last event that it has; nullopt where it is empty.
    virtual const std::optional<Last>& last() const = 0;
    // They follow the last ones, and are copied or stored before it returns. An error is final.
    virtual tl::expected<void, std::string> put(std::span<const log::EventView> events) = 0;
    // Waits until all that was put is stored, or it was told to stop.
    virtual tl::expected<void, std::string> settle() = 0;
    virtual tl::expected<void, std::string> finish() = 0;  // the same, and it takes no more
    virtual void stop() = 0;                               // any thread: nothing waits any more
    virtual std::uint64_t stored() const = 0;              // events since it was opened
};

using CopyPointer = std::unique_ptr<Copy>;

// A stream that is made where there is none, and then begins where the feed does now. What is refused later than
// put() returns calls `on_failure`, on any thread, and the next call says why.
tl::expected<CopyPointer, std::string> stream_copy(const std::shared_ptr<jetstream::Connection>& connection,
                                                   const std::string& topic, std::optional<unsigned> replicas,
                                                   const Extent& feed, std::function<void()> on_failure);

// A topic of a folder. Its offsets begin at 0 wherever the stream's do: by how much they differ is said on standard
// error.
tl::expected<CopyPointer, std::string> folder_copy(const std::string& dir, const std::string& topic,
                                                   const jetstream::Connection& connection,
                                                   const jetstream::StreamState& stream);

}  // namespace station::final_station
