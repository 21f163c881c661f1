#include "append_queue.hpp"

#include <atomic>

namespace station::final_station {

// Shared with who gives it: it may go as soon as it is seen.
struct AppendQueue::Answer {
    std::size_t bytes = 0;
    std::optional<ledger::Result<ledger::AppendReceipt>> result;
    std::atomic<bool> is_there{false};
};

AppendQueue::~AppendQueue() {
    while (size() > 0) (void)next();
}

bool AppendQueue::add(const ledger::Coordinate& coordinate, ledger::EventKind kind, ledger::Bytes payload,
                      const ledger::AppendOptions& options) {
    const auto answer = answers_.emplace_back(std::make_shared<Answer>());
    answer->bytes = payload.size();
    bytes_ += payload.size();
    store_.start_append(coordinate, kind, payload, options,
                        [answer](ledger::Result<ledger::AppendReceipt> result, bool) {
                            answer->result.emplace(std::move(result));
                            answer->is_there.store(true, std::memory_order_release);
                            answer->is_there.notify_one();
                        });
    return !answer->is_there.load(std::memory_order_acquire) || answer->result->has_value();
}

bool AppendQueue::ready() const {
    return !answers_.empty() && answers_.front()->is_there.load(std::memory_order_acquire);
}

ledger::Result<ledger::AppendReceipt> AppendQueue::next() {
    const auto answer = std::move(answers_.front());
    answers_.pop_front();
    bytes_ -= answer->bytes;
    answer->is_there.wait(false, std::memory_order_acquire);
    return std::move(*answer->result);
}

}  // namespace station::final_station
