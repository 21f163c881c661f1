// An event that was read. It owns the bytes that its views show, and nothing of the payload is decoded until somebody
// looks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <station/ledger/event/event.hpp>

namespace station::ledger {

class StoredEvent {
  public:
    StoredEvent(std::shared_ptr<const std::byte> memory, const EventView& view, std::uint64_t global_sequence,
                std::int64_t time)
        : memory_(std::move(memory)), view_(view), global_sequence_(global_sequence), time_(time) {}

    const EventView& operator*() const { return view_; }
    const EventView* operator->() const { return &view_; }
    std::uint64_t global_sequence() const { return global_sequence_; }
    std::int64_t time() const { return time_; }  // ns since 1970
    // For who keeps its views longer.
    const std::shared_ptr<const std::byte>& memory() const { return memory_; }

  private:
    std::shared_ptr<const std::byte> memory_;
    EventView view_;
    std::uint64_t global_sequence_;
    std::int64_t time_;
};

}  // namespace station::ledger
