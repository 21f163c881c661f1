// A place in a ledger, from which the events of a region are pulled one by one: none is lost, however far behind it is,
// and none comes twice. It reads history and what is appended from then on in the same way, so that there is no seam.
//
//   auto cursor = store.cursor(Region::of_scope("bank"), position_kept_from_last_time);
//   while (auto event = cursor.next()) ...
//
// One thread at a time uses a cursor; cancel() alone may come from any. It may outlive its store.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <station/ledger/coordinate/region.hpp>
#include <station/ledger/store/stored_event.hpp>
#include <vector>

namespace station::ledger {

class Core;

class Cursor {
  public:
    Cursor(std::shared_ptr<Core> core, const Region& region, std::uint64_t from);
    Cursor(Cursor&&) noexcept;
    Cursor& operator=(Cursor&&) noexcept;
    ~Cursor();

    // The next event that is there; nullopt: none is now. Errc::damaged where the log is, behind all that can be read
    // before it. After any error nothing was passed by.
    Result<std::optional<StoredEvent>> poll();
    // So many of them at the most, perhaps none. An error comes alone, after what could be read.
    Result<std::vector<StoredEvent>> poll_batch(std::size_t most);
    // Waits for it. Also log::Errc::timed_out, log::Errc::cancelled, and Errc::closed: the store is closed, and all
    // that there is was given. After the log has failed it is the store's close that ends the wait.
    Result<StoredEvent> next(std::optional<std::chrono::nanoseconds> timeout = {});
    // Ends the wait under way, or else the next one. Any thread.
    void cancel();

    // A global sequence: all events of the region before it were given. Kept, and given to store.cursor() again, it
    // goes on where this one stopped. With less than Durability::always others may stand there after a power cut.
    std::uint64_t position() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace station::ledger
