// Appends one event after the other without waiting for each, and gets their answers in the same order: for who has one
// stream of events and must know of each when it is safe. Many then share a sync.
//
//   AppendQueue queue{store};
//   for (const Line& line : lines) {
//       queue.add(event_of(line));
//       while (queue.size() > 1000) handle(*queue.next());
//   }
//   while (auto receipt = queue.next()) handle(*receipt);
//
// One thread; the store must outlive it. An event that is refused keeps none behind it from being appended, unless it is
// the log that refused it (a full disk): see store.hpp.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <station/ledger/store/store.hpp>
#include <vector>

namespace station::ledger {

class AppendQueue {
  public:
    explicit AppendQueue(Store& store);
    AppendQueue(const AppendQueue&) = delete;
    AppendQueue& operator=(const AppendQueue&) = delete;
    ~AppendQueue();  // waits for the answers

    // Waits only where the store has no room for one more. False: it was refused at once, and its answer says why.
    bool add(const Coordinate& coordinate, EventKind kind, std::vector<std::byte> payload,
             const AppendOptions& options = {});
    std::size_t size() const { return appends_.size(); }  // without those whose answers were taken
    bool ready() const;                                   // next() would not wait

    // The answer to the first of those that are left, once it is there; nullopt where none is left.
    std::optional<Result<AppendReceipt>> next();

  private:
    struct Append;
    std::shared_ptr<Core> core_;
    std::deque<std::unique_ptr<Append>> appends_;
};

}  // namespace station::ledger
