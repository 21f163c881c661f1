#include <atomic>
#include <station/base/one_shot.hpp>
#include <station/ledger/store/append_queue.hpp>
#include <station/ledger/store/detail/core.hpp>

namespace station::ledger {

struct AppendQueue::Append : Operation {
    std::vector<std::byte> payload;
    std::optional<Error> error;
    std::atomic<bool> is_answered{false};
    base::OneShot answered;

    void answer(std::optional<Error> with) noexcept {
        error = std::move(with);
        is_answered.store(true, std::memory_order_release);
        answered.set();
    }
};

AppendQueue::AppendQueue(Store& store) : core_(store.core()) {}

AppendQueue::~AppendQueue() {
    while (next()) {}
}

bool AppendQueue::add(const Coordinate& coordinate, EventKind kind, std::vector<std::byte> payload,
                      const AppendOptions& options) {
    Append& append = *appends_.emplace_back(std::make_unique<Append>());
    append.payload = std::move(payload);
    const NewEvent event{coordinate, kind, append.payload, options};
    if (auto error = check_event(event)) {
        append.answer(std::move(error));
        return false;
    }
    append.take({&event, 1});
    append.finished = [](Operation& self, std::optional<Error> error) noexcept {
        static_cast<Append&>(self).answer(std::move(error));
    };
    core_->start(append, true);
    core_->write_soon();
    return !(append.is_answered.load(std::memory_order_acquire) && append.error);
}

bool AppendQueue::ready() const { return !appends_.empty() && appends_.front()->is_answered.load(std::memory_order_acquire); }

std::optional<Result<AppendReceipt>> AppendQueue::next() {
    if (appends_.empty()) return std::nullopt;
    appends_.front()->answered.wait();
    const auto append = std::move(appends_.front());
    appends_.pop_front();
    if (append->error) return Result<AppendReceipt>{tl::unexpected(std::move(*append->error))};
    core_->checkpoint(false);
    const auto receipts = core_->receipts_of(*append);
    if (!receipts) return Result<AppendReceipt>{tl::unexpected(receipts.error())};
    return Result<AppendReceipt>{receipts->front()};
}

}  // namespace station::ledger
