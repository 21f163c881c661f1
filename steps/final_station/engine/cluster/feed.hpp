// What is new in a topic, read once for all cursors that are live: one consumer at the cluster, however many follow.
// It keeps the last blocks of events; a cursor whose place has left them is behind, and reads for itself until it has
// caught up (cursor.hpp).
//
// Any thread may call anything. What comes is taken in, and who waits is woken, on the connection's loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <station/base/guarded.hpp>
#include <string_view>

#include "engine/jetstream/reader.hpp"

namespace station::engine {

class Feed : public std::enable_shared_from_this<Feed> {
  public:
    // From `offset` on. start() once it is shared.
    Feed(const std::shared_ptr<jetstream::Connection>& connection, std::string_view topic,
         const jetstream::StreamState& stream, std::uint64_t offset);
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;
    ~Feed() = default;
    void start() { take_in(); }

    struct Look {
        jetstream::EventBlockPointer block;  // with events from the place on; nullptr: nothing yet
        bool behind = false;                 // what is at the place isn't kept any more
        bool over = false;                   // the stream has gone, or the engine is shut down
    };
    Look look(std::uint64_t offset) const;
    std::uint64_t begin() const;        // what is before it isn't kept
    std::uint64_t next_offset() const;  // one behind the last event that is known of

    // Calls `ready` once when there is something at `offset` or behind it, perhaps before this returns. The ticket is
    // for stop_waiting(), which says whether it came in time.
    using Ticket = std::uint64_t;
    Ticket wait(std::uint64_t offset, std::function<void()> ready);
    bool stop_waiting(Ticket ticket);

    void end();  // nothing more comes: who waits is woken

  private:
    enum class Taken { block, nothing, end };

    void take_in();
    Taken take_block();
    void keep(jetstream::EventBlockPointer block) STATION_REQUIRES(mutex_);
    void wake();

    mutable base::Mutex mutex_;
    std::deque<jetstream::EventBlockPointer> blocks_ STATION_GUARDED_BY(mutex_);
    std::size_t bytes_ STATION_GUARDED_BY(mutex_) = 0;
    std::uint64_t begin_ STATION_GUARDED_BY(mutex_);
    std::uint64_t end_ STATION_GUARDED_BY(mutex_);
    bool over_ STATION_GUARDED_BY(mutex_) = false;
    std::map<Ticket, std::function<void()>> waiting_ STATION_GUARDED_BY(mutex_);
    Ticket last_ticket_ STATION_GUARDED_BY(mutex_) = 0;
    jetstream::Reader reader_;  // polled by take_in() alone
};

}  // namespace station::engine
