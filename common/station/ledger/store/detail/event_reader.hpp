// Reads a list of events one after the other: those that lie close together in the log with one read, so that an event
// of a long history costs no system call of its own.
#pragma once

#include <span>
#include <station/ledger/store/detail/core.hpp>
#include <station/log/record_reader.hpp>
#include <vector>

namespace station::ledger::detail {

// One thread at a time. The core and what `globals` shows must outlive it.
class EventReader {
  public:
    EventReader(const Core& core, std::span<const Global> globals)
        : core_(core), globals_(globals), reader_(core.topic()) {}

    // In any order; ascending is fast.
    Result<StoredEvent> read(std::size_t i);

  private:
    // The events from `i` on that are worth one read.
    void plan(std::size_t i);

    const Core& core_;
    const std::span<const Global> globals_;
    log::RecordReader reader_;
    std::vector<Core::Place> run_;
    std::size_t run_begin_ = 0;
    std::size_t run_bytes_ = 0;
};

}  // namespace station::ledger::detail
