// Appends one event after the other without waiting for each, and gets their answers in the same order. Many then share a
// sync. One thread; the store must outlive it.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <station/ledger/store/store.hpp>

namespace station::final_station {

class AppendQueue {
  public:
    explicit AppendQueue(ledger::Store& store) : store_(store) {}
    AppendQueue(const AppendQueue&) = delete;
    AppendQueue& operator=(const AppendQueue&) = delete;
    ~AppendQueue();  // waits for the answers

    // Does not wait. False: it was refused at once, and its answer says why.
    bool add(const ledger::Coordinate& coordinate, ledger::EventKind kind, ledger::Bytes payload,
             const ledger::AppendOptions& options);
    std::size_t size() const { return answers_.size(); }  // without those whose answers were taken
    std::size_t bytes() const { return bytes_; }          // of their payloads
    bool ready() const;                                   // next() would not wait
    // The answer to the first of those that are left, once it is there. There must be one.
    ledger::Result<ledger::AppendReceipt> next();

  private:
    struct Answer;
    ledger::Store& store_;
    std::deque<std::shared_ptr<Answer>> answers_;
    std::size_t bytes_ = 0;
};

}  // namespace station::final_station
