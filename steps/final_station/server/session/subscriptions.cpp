#include "subscriptions.hpp"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

namespace station::final_station {

Subscriptions::Subscriptions(IoThread& thread, const Codec& codec, std::function<void()> on_news)
    : thread_(thread), codec_(codec), on_news_(std::move(on_news)) {}

void Subscriptions::add(const engine::Topic& topic, const log::StartFrom& from, EventForm form,
                        std::function<void(Added)> done) {
    const auto same = [&](const auto& other) { return other->topic().stream() == topic.stream(); };
    const auto taken = static_cast<std::size_t>(std::count_if(all_.begin(), all_.end(), same));
    Station& station = thread_.station;
    if (all_.size() - taken >= station.limits.max_subscriptions) {
        return done(tl::unexpected(too_many_subscriptions()));
    }
    auto place = std::make_shared<SubscriptionPlace>(station.take_place());
    if (!*place) return done(tl::unexpected(too_many_subscriptions_in_all()));
    locate(thread_, topic, from, [this, topic, form, place, done = std::move(done)](Located cursor) {
        done(cursor ? add(topic, *std::move(cursor), std::move(*place), form) : tl::unexpected(cursor.error()));
    });
}

Subscriptions::Added Subscriptions::add(const engine::Topic& topic, engine::Cursor cursor, SubscriptionPlace place,
                                        EventForm form) try {
    const log::Start start = cursor.start();
    auto subscription =
        std::make_shared<Subscription>(thread_, topic, std::move(cursor), std::move(place), form, on_news_);
    subscription->share_as(codec_.form_of(form));
    all_.reserve(all_.size() + 1);
    remove(topic.stream());
    tell(topic, "a subscriber comes, from offset " + std::to_string(start.from_offset));
    all_.push_back(std::move(subscription));
    return start;
} catch (const std::bad_alloc&) {
    return tl::unexpected(std::make_error_code(std::errc::not_enough_memory));
}

bool Subscriptions::remove(std::uint64_t stream) {
    const auto found =
        std::find_if(all_.begin(), all_.end(), [&](const auto& one) { return one->topic().stream() == stream; });
    if (found == all_.end()) return false;
    tell((*found)->topic(), "a subscriber goes");
    (*found)->end();
    all_.erase(found);
    return true;
}

bool Subscriptions::has(std::uint64_t stream) const {
    return std::any_of(all_.begin(), all_.end(), [&](const auto& one) { return one->topic().stream() == stream; });
}

std::vector<engine::Topic> Subscriptions::topics() const {
    std::vector<engine::Topic> topics;
    topics.reserve(all_.size());
    for (const auto& one : all_) topics.push_back(one->topic());
    return topics;
}

void Subscriptions::end() noexcept {
    for (const auto& one : std::exchange(all_, {})) {
        tell(one->topic(), "a subscriber goes");
        one->end();
    }
}

std::optional<Subscriptions::News> Subscriptions::next(const engine::Cursor::Limits& limits) {
    for (std::size_t looked = 0; looked < all_.size(); ++looked) {
        turn_ = (turn_ + 1) % all_.size();
        Subscription& one = *all_[turn_];
        Subscription::Read read = one.read(limits);
        if (!read.events.empty() || read.chunk || read.damage || read.lost || read.error)
            return News{one, std::move(read)};
    }
    return std::nullopt;
}

void Subscriptions::add_lag(std::map<std::uint32_t, std::uint64_t>& lag) const {
    for (const auto& one : all_) {
        auto& furthest = lag[one->topic().stream()];
        furthest = std::max(furthest, one->lag());
    }
}

void Subscriptions::tell(const engine::Topic& topic, std::string_view what) const noexcept try {
    const auto& debug = thread_.station.settings.debug;
    if (debug) debug("topic " + topic.name() + ": " + std::string{what});
} catch (const std::bad_alloc&) {
    return;  // a line less
}

}  // namespace station::final_station
