// Reads the log into the index: at the start what lies behind the last checkpoint, and beside another process that
// appends what came since. It decides which batches are hidden. One thread at a time.
#pragma once

#include <optional>
#include <station/ledger/store/detail/index.hpp>
#include <station/ledger/store/detail/log_end.hpp>
#include <station/log/record_reader.hpp>
#include <station/log/topic.hpp>
#include <string>
#include <vector>

namespace station::ledger {

class Loader {
  public:
    // Both must outlive it.
    Loader(const log::Topic& topic, Index& index) : topic_(topic), index_(index) {}

    // Throws away what the index says beside the log.
    std::optional<Error> compare();
    // Reads all there is. `whole`: nobody appends now, so that a batch without its end never gets one.
    std::optional<Error> catch_up(bool whole);

    const LogEnd& end() const { return end_; }
    // The log is damaged from here on, and nothing behind it was read.
    const std::optional<std::uint64_t>& damaged_at() const { return damaged_at_; }

  private:
    struct Entry {
        IndexEntry entry;  // its names are those below
        std::string entity;
        std::string scope;
        BatchMark batch;
    };

    std::optional<Error> begin();
    std::optional<Error> take(const log::EventView& record);
    void add(IndexEntry entry);
    void close_batch(bool hidden);
    bool agrees(const PartEnd& end);

    log::Topic topic_;
    Index& index_;
    std::optional<log::Cursor> cursor_;
    std::vector<std::uint64_t> bases_;
    std::uint64_t position_ = 0;  // of the next record
    LogEnd end_;
    std::vector<Entry> batch_;  // that has begun
    std::optional<std::uint64_t> damaged_at_;
};

}  // namespace station::ledger
