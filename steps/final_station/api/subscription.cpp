#include "subscription.hpp"

#include <utility>

namespace station::final_station {

Subscription::Subscription(Mailbox& mailbox, const log::Topic& topic, log::Cursor cursor, bool meta,
                           std::function<void()> on_news)
    : mailbox_(mailbox), topic_(topic), cursor_(std::move(cursor)), meta_(meta), on_news_(std::move(on_news)) {}

Subscription::Read Subscription::read(std::size_t max_bytes) {
    Read result;
    if (asleep_ || over_) return result;
    const auto batch = cursor_.poll({.events = 1024, .bytes = max_bytes});
    if (batch && batch->empty()) {
        sleep();
        return result;
    }
    if (batch) {
        result.events = *batch;
        result.live = std::exchange(live_, false);
    } else if (batch.error() == log::Errc::damaged) {
        result.damage = cursor_.damage();
        cursor_.skip_damage();
    } else {
        over_ = true;  // shut down, failed, or unreadable: /health and the topic's state say so
    }
    return result;
}

void Subscription::sleep() {
    asleep_ = true;
    self_ = shared_from_this();
    cursor_.wait([this] { mailbox_.push(*this); });
}

void Subscription::arrived() {
    const auto self = std::move(self_);
    asleep_ = false;
    live_ = true;
    const auto on_news = on_news_;  // a copy: the connection may end by it, and end() forgets it
    if (on_news) on_news();
}

void Subscription::end() {
    on_news_ = nullptr;
    if (asleep_ && cursor_.stop_waiting()) self_.reset();
}

}  // namespace station::final_station
