// Several topics at once, by name and by pattern. They come in one after the other, each when the client has room for
// its answer; a request that asks for several holds up the ones behind it until all that are there have come in.
#include <station/log/topic_pattern.hpp>
#include <utility>

#include "session.hpp"

namespace station::final_station {
namespace {

constexpr int kTriedAtOnce = 64;  // topics that come to nothing, before others have their turn

}  // namespace

void Session::follow(const Control& control) {
    if (!following_.add(control, control.form())) {
        const std::string why = "no more than " + std::to_string(kMostPatterns) + " patterns on a connection";
        return answer(control_error("too_many_subscriptions", why, control.ref));
    }
    if (following_.has_patterns()) thread_.topic_news.add(*this);
    has_topics_to_see_ = true;
}

void Session::topics_came() noexcept {
    has_topics_to_see_ = true;
    try {
        transport_.resume();
    } catch (const std::bad_alloc&) {
        out_of_memory();
    }
}

// A client that does not read what it is told is not told more.
bool Session::may_follow_more() const {
    const bool asked_to = phase_ == Phase::open || (phase_ == Phase::answering && begins_to_follow());
    return asked_to && has_topics_to_see_ && !waits_for_disk_ && replies_.size() < station().limits.max_in_flight &&
           transport_.unsent() + ready_.size() < station().limits.max_unread;
}

void Session::follow_more() {
    for (int tried = 0; may_follow_more(); ++tried) {
        if (tried == kTriedAtOnce) return look_on();
        const auto next = following_.next(station().registry);
        if (next) {
            come_in(*next);
        } else if (following_.looks_on()) {
            return look_on();
        } else {
            has_topics_to_see_ = false;
        }
    }
}

void Session::come_in(const Following::Next& next) {
    if (next.topic) {
        if (!next.later || !subscriptions_.has(next.topic->stream())) subscribe(*next.topic, next.from, *next.terms);
        return;
    }
    if (const auto topic = station().find(next.name)) return subscribe(*topic, next.from, *next.terms);
    make_topic(next.name, [from = next.from, terms = next.terms](Session& self, const Topics::Made& topic) {
        if (!topic) return self.answer(control_error(topic.error(), terms->ref));
        self.subscribe(*topic, from, *terms);
    });
}

// In another turn.
void Session::look_on() {
    if (std::exchange(will_look_on_, true)) return;
    asio::post(thread_.io, [self = shared_from_this()] {
        self->will_look_on_ = false;
        self->transport_.resume();
    });
}

// One answer for each topic that is left, and for what was not followed, or brought in nothing.
void Session::leave(const Control& control) {
    const auto topics = subscriptions_.topics();
    std::vector<char> left(topics.size(), 0);
    for (const std::string& one : control.topics) {
        const bool was_followed = log::has_wildcard(one) && following_.remove(one);
        bool any = false;
        for (std::size_t i = 0; i < topics.size(); ++i) {
            if (!log::matches(one, topics[i].name())) continue;
            any = true;
            if (std::exchange(left[i], 1) != 0) continue;
            subscriptions_.remove(topics[i].stream());
            answer(unsubscribed_text(topics[i].name(), control.ref));
        }
        if (any) continue;
        answer(was_followed ? unsubscribed_text(one, control.ref)
                            : control_error("not_subscribed", "there is no subscription to " + one, control.ref));
    }
    if (!following_.has_patterns()) thread_.topic_news.remove(*this);
}

}  // namespace station::final_station
