// How far a reactor has come, in a file. It is believed only where the log holds what the file says was the last event
// that the reactor had read or appended: after a power cut a reaction may be gone that was acknowledged before it was
// durable, and its cause must be looked at again.
#pragma once

#include <station/ledger/store/detail/core.hpp>
#include <string_view>

namespace station::ledger::detail {

// An event that was there.
struct Witness {
    std::uint64_t global_sequence = 0;
    Hash event_hash;
};

class ReactorPosition {
  public:
    ReactorPosition(Core& core, std::string_view name, const Region& region);

    // 0 where nothing is known.
    std::uint64_t load() const;
    // Nothing is said where it can't be written: that costs time at the next start, and no more.
    void store(std::uint64_t position, const Witness& witness) const;

  private:
    Core& core_;
    log::Path file_;  // empty: none
    Hash owner_;      // of name and region
};

}  // namespace station::ledger::detail
