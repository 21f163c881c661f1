// What a query has found: where the events are. Each is read when somebody looks at it.
#pragma once

#include <cstdint>
#include <functional>
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
        return visit(std::ref(f));
    }

  private:
    Result<void> visit(const std::function<void(const StoredEvent&)>& f) const;

    std::shared_ptr<const Core> core_;
    std::vector<std::uint32_t> globals_;
};

}  // namespace station::ledger
