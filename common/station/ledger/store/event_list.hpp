// What a query has found: where the events are. Each is read when somebody looks at it.
#pragma once

#include <cstdint>
#include <memory>
#include <station/ledger/store/stored_event.hpp>
#include <vector>

namespace station::ledger {

class Core;

// Any thread; may outlive its store.
class EventList {
  public:
    EventList(std::shared_ptr<const Core> core, std::vector<std::uint32_t> globals)
        : core_(std::move(core)), globals_(std::move(globals)) {}

    std::size_t size() const { return globals_.size(); }
    bool empty() const { return globals_.empty(); }
    std::uint64_t global_sequence(std::size_t i) const { return globals_[i]; }
    Result<StoredEvent> read(std::size_t i) const;

    // f(const StoredEvent&) for each, in order; the error of the first that can't be read.
    template <typename F>
    Result<void> for_each(F&& f) const {
        for (std::size_t i = 0; i < size(); ++i) {
            const auto event = read(i);
            if (!event) return tl::unexpected(event.error());
            f(*event);
        }
        return {};
    }

  private:
    std::shared_ptr<const Core> core_;
    std::vector<std::uint32_t> globals_;
};

}  // namespace station::ledger
