// What is appended, told as it comes: small notes, without payloads, in the order of the ledger. A subscriber that is
// slow loses some, and is told how many: it never holds up who appends. What must not be lost is read with a Cursor.
//
//   auto subscription = store.subscribe(Region::of_scope("bank"), 1024);
//   while (auto note = subscription->next()) ...
//
// The notes wait in moodycamel's ConcurrentQueue (Cameron Desrochers, 2014). One thread at a time takes them; cancel()
// and dropped() may be called from any. It may outlive its store.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <station/ledger/coordinate/coordinate.hpp>
#include <station/ledger/coordinate/region.hpp>
#include <station/ledger/event/event.hpp>

namespace station::ledger {

class Core;

struct Notification {
    EventId event_id;
    EventId correlation_id;
    std::optional<EventId> causation_id;
    Coordinate coordinate;
    EventKind kind;
    std::uint64_t sequence = 0;         // within the entity
    std::uint64_t global_sequence = 0;  // in the ledger
};

class Subscription {
  public:
    // `capacity`: notes that wait. What is acknowledged from now on is told.
    Subscription(std::shared_ptr<Core> core, const Region& region, std::size_t capacity);
    Subscription(Subscription&&) noexcept;
    Subscription& operator=(Subscription&&) noexcept;
    ~Subscription();  // nothing is told any more

    // nullopt: none waits now.
    std::optional<Notification> poll();
    // Waits for it. log::Errc::timed_out; log::Errc::cancelled; Errc::closed: the store is closed, and all was given.
    Result<Notification> next(std::optional<std::chrono::nanoseconds> timeout = {});
    // Ends the wait under way, or else the next one.
    void cancel();

    // Events of the region that were not told: no room, or no memory.
    std::uint64_t dropped() const;

  private:
    class Queue;
    std::unique_ptr<Queue> queue_;
};

}  // namespace station::ledger
