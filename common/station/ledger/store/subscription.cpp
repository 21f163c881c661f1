#include <moodycamel/concurrentqueue.h>  // the semaphore's header uses its macros
#include <moodycamel/lightweightsemaphore.h>

#include <algorithm>
#include <map>
#include <new>
#include <station/ledger/store/detail/changes.hpp>
#include <station/ledger/store/store.hpp>
#include <station/ledger/store/subscription.hpp>

namespace station::ledger {

class Subscription::Queue final : Listener {
  public:
    Queue(std::shared_ptr<Core> core, Region region, std::size_t capacity)
        : core_(std::move(core)), region_(std::move(region)), capacity_(capacity) {
        core_->listen(*this);
    }
    ~Queue() override { core_->stop_listening(*this); }

    std::optional<Notification> take();
    Result<Notification> next(const detail::Deadline& deadline);
    void cancel() {
        cancelled_.store(true);
        waiting_.signal();
    }
    std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

  private:
    struct Item {
        std::uint64_t number = 0;
        std::optional<Notification> note;
    };

    void acknowledged(const Operation& operation) noexcept override;
    void closed() noexcept override {
        closed_.store(true);
        waiting_.signal();
    }
    bool put(const Operation::Event& event) noexcept;
    bool wait(const detail::Deadline& deadline);

    const std::shared_ptr<Core> core_;
    const Region region_;
    const std::size_t capacity_;
    std::atomic<std::size_t> size_{0};
    std::atomic<std::uint64_t> dropped_{0};
    std::atomic<bool> cancelled_{false};
    std::atomic<bool> closed_{false};
    moodycamel::ConcurrentQueue<Item> items_;
    moodycamel::LightweightSemaphore waiting_;  // signalled after each change that ends a wait

    // The queue keeps the order of each thread that puts in, and the writers of a log take turns: the numbers tell the
    // order of all.
    std::uint64_t put_ = 0;    // the writers', one after the other
    std::uint64_t taken_ = 0;  // the reader's
    std::map<std::uint64_t, Notification> early_;
};

void Subscription::Queue::acknowledged(const Operation& operation) noexcept {
    for (const Operation::Event& event : operation.events) {
        if (!region_.holds(event.encoder.entity(), event.encoder.scope(), event.kind, event.receipt.sequence)) continue;
        // The place is taken before the item goes in, so that the bound holds.
        if (size_.fetch_add(1) < capacity_ && put(event)) {
            waiting_.signal();
        } else {
            size_.fetch_sub(1);
            dropped_.fetch_add(1, std::memory_order_relaxed);
        }
    }
}

bool Subscription::Queue::put(const Operation::Event& event) noexcept try {
    auto coordinate = Coordinate::make(event.encoder.entity(), event.encoder.scope());
    if (!coordinate) return false;
    const AppendReceipt& receipt = event.receipt;
    Item item{put_, Notification{receipt.event_id, event.options.correlation_id.value_or(receipt.event_id),
                                 event.options.causation_id, std::move(*coordinate), event.kind, receipt.sequence,
                                 receipt.global_sequence}};
    if (!items_.enqueue(std::move(item))) return false;
    ++put_;
    return true;
} catch (const std::bad_alloc&) {
    return false;
}

std::optional<Notification> Subscription::Queue::take() {
    Item item;
    while (early_.empty() || early_.begin()->first != taken_) {
        if (!items_.try_dequeue(item)) return std::nullopt;
        early_.emplace(item.number, std::move(*item.note));
    }
    std::optional<Notification> note{std::move(early_.begin()->second)};
    early_.erase(early_.begin());
    ++taken_;
    size_.fetch_sub(1);
    waiting_.tryWait();
    return note;
}

bool Subscription::Queue::wait(const detail::Deadline& deadline) {
    if (!deadline) return waiting_.wait();
    const auto left = std::chrono::ceil<std::chrono::microseconds>(*deadline - std::chrono::steady_clock::now());
    return waiting_.wait(std::max<std::int64_t>(left.count(), 0));
}

Result<Notification> Subscription::Queue::next(const detail::Deadline& deadline) {
    for (;;) {
        // Before the look: what was put in before the end is seen.
        const bool closed = closed_.load();
        if (cancelled_.exchange(false)) return failed(make_error_code(log::Errc::cancelled));
        if (auto note = take()) return std::move(*note);
        if (closed) return failed(Errc::closed);
        // A signal may be left over from what was taken before it came, and end a wait for nothing.
        if (!wait(deadline)) return failed(make_error_code(log::Errc::timed_out));
    }
}

Subscription::Subscription(std::shared_ptr<Core> core, const Region& region, std::size_t capacity)
    : queue_(std::make_unique<Queue>(std::move(core), region, capacity)) {}
Subscription::Subscription(Subscription&&) noexcept = default;
Subscription& Subscription::operator=(Subscription&&) noexcept = default;
Subscription::~Subscription() = default;

std::optional<Notification> Subscription::poll() { return queue_->take(); }
Result<Notification> Subscription::next(std::optional<std::chrono::nanoseconds> timeout) {
    return queue_->next(detail::deadline_after(timeout));
}
void Subscription::cancel() { queue_->cancel(); }
std::uint64_t Subscription::dropped() const { return queue_->dropped(); }

}  // namespace station::ledger
