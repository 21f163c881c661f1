#include "topics.hpp"

#include <utility>

#include "refusal.hpp"

namespace station::final_station {

// What somebody waits for. Once done, it belongs to the mailbox, and then to itself.
class Topics::Order final : public Mailbox::Item {
  public:
    Order(Work work, Mailbox& mailbox, std::function<void(Made)> done)
        : work_(std::move(work)), mailbox_(mailbox), done_(std::move(done)) {}

    Made carry_out(Topics& topics) const { return work_(topics); }
    static void deliver(std::unique_ptr<Order> order, Made made) {
        order->made_ = std::move(made);
        Order& self = *order.release();
        self.mailbox_.push(self);
    }
    void arrived() override {
        const std::unique_ptr<Order> self{this};
        done_(std::move(made_));
    }

  private:
    const Work work_;
    Mailbox& mailbox_;
    const std::function<void(Made)> done_;
    Made made_ = tl::unexpected(make_error_code(log::Errc::closed));
};

Topics::Topics(std::unique_ptr<engine::Engine> engine, std::size_t most) : engine_(std::move(engine)), most_(most) {
    engine_->on_change([this](const engine::Topic& topic) {
        topic.condition() == log::Condition::deleted ? forget(topic) : add(topic);
    });
    for (const engine::Topic& topic : engine_->topics()) add(topic);
}

Topics::~Topics() { stop(); }

void Topics::add(const engine::Topic& topic) {
    const base::Lock lock{mutex_};
    if (by_stream_.emplace(topic.stream(), topic).second) by_arrival_.emplace(++arrivals_, topic);
    by_name_.emplace(topic.name(), topic);  // last: who finds the name does not come here again
    for (TopicNews* const news : told_) news->topic_made();
}

std::optional<engine::Topic> Topics::find(std::string_view name) const {
    const base::Lock lock{mutex_};
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<engine::Topic> Topics::find(std::uint64_t stream) const {
    const base::Lock lock{mutex_};
    const auto found = by_stream_.find(stream);
    return found == by_stream_.end() ? std::nullopt : std::optional{found->second};
}

std::vector<engine::Topic> Topics::all() const {
    const base::Lock lock{mutex_};
    std::vector<engine::Topic> all;
    all.reserve(by_stream_.size());
    for (const auto& [stream, topic] : by_stream_) all.push_back(topic);
    return all;
}

std::optional<Topics::Arrival> Topics::next(std::uint64_t after) const {
    const base::Lock lock{mutex_};
    const auto found = by_arrival_.upper_bound(after);
    if (found == by_arrival_.end()) return std::nullopt;
    return Arrival{found->first, found->second};
}

std::uint64_t Topics::latest() const {
    const base::Lock lock{mutex_};
    return arrivals_;
}

void Topics::tell(TopicNews& news) {
    const base::Lock lock{mutex_};
    told_.push_back(&news);
}

void Topics::leave(TopicNews& news) noexcept {
    const base::Lock lock{mutex_};
    std::erase(told_, &news);
}

std::size_t Topics::size() const {
    const base::Lock lock{mutex_};
    return by_name_.size();
}

Topics::Made Topics::find_or_make(std::string_view name) {
    if (const auto found = find(name)) return *found;
    const base::Lock one_at_a_time{making_};
    if (const auto found = find(name)) return *found;
    if (log::is_topic_name(name) && size() >= most_) return tl::unexpected(too_many_topics());
    auto topic = engine_->topic(name);
    if (topic) add(*topic);
    return topic;
}

void Topics::make(std::string name, Mailbox& mailbox, std::function<void(Made)> done) {
    carry_out([name = std::move(name)](Topics& topics) { return topics.find_or_make(name); }, mailbox, std::move(done));
}

Topics::Made Topics::remove(const std::string& name) {
    const base::Lock one_at_a_time{making_};
    const auto topic = find(name);
    if (!topic) return tl::unexpected(make_error_code(log::Errc::no_such_topic));
    const auto error = engine_->delete_topic(name);
    if (topic->condition() == log::Condition::deleted) forget(*topic);
    if (error) return tl::unexpected(error);
    return *topic;
}

void Topics::forget(const engine::Topic& topic) {
    const base::Lock lock{mutex_};
    by_name_.erase(topic.name());
    by_stream_.erase(topic.stream());
    std::erase_if(by_arrival_, [&](const auto& one) { return one.second.stream() == topic.stream(); });
}

void Topics::carry_out(Work work, Mailbox& mailbox, std::function<void(Made)> done) {
    auto order = std::make_unique<Order>(std::move(work), mailbox, std::move(done));
    const std::lock_guard lock{orders_mutex_};
    if (stopped_) return Order::deliver(std::move(order), tl::unexpected(make_error_code(log::Errc::closed)));
    if (!maker_.joinable()) {
        try {
            maker_ = std::thread{[this] { run(); }};
        } catch (const std::system_error& error) {
            return Order::deliver(std::move(order), tl::unexpected(error.code()));
        }
    }
    orders_.push_back(std::move(order));
    ordered_.notify_one();
}

void Topics::run() {
    std::unique_lock lock{orders_mutex_};
    while (true) {
        ordered_.wait(lock, [this] { return stopped_ || !orders_.empty(); });
        if (orders_.empty()) return;
        auto order = std::move(orders_.front());
        orders_.pop_front();
        const bool stopped = stopped_;
        lock.unlock();
        Made made = tl::unexpected(make_error_code(log::Errc::closed));
        try {
            if (!stopped) made = order->carry_out(*this);
        } catch (const std::bad_alloc&) {
            made = tl::unexpected(std::make_error_code(std::errc::not_enough_memory));
        }
        Order::deliver(std::move(order), std::move(made));
        lock.lock();
    }
}

void Topics::stop() {
    {
        const std::lock_guard lock{orders_mutex_};
        stopped_ = true;
        ordered_.notify_one();
    }
    if (maker_.joinable()) maker_.join();
}

std::error_code Topics::shutdown() {
    stop();
    return engine_->shutdown();
}

}  // namespace station::final_station
