// What control texts make a session do.
#include <algorithm>

#include "server/describe.hpp"
#include "session.hpp"

namespace station::final_station {

void Session::handle_control(const Control& control) {
    switch (control.type) {
        case Control::Type::open: return open_topic(control);
        case Control::Type::subscribe: return subscribe(control);
        case Control::Type::publish: return publish_text(control);
        case Control::Type::unsubscribe: {
            const auto topic = station().find(control.topic);
            if (!topic || !remove_subscription(topic->stream())) {
                return answer(control_error("not_subscribed", "there is no subscription to this topic", control.ref));
            }
            return answer(unsubscribed_text(control.topic, control.ref));
        }
        case Control::Type::topics: return answer_topics(control.ref);
        case Control::Type::metrics:
        case Control::Type::health: return answer(answer_query(control));
        case Control::Type::auth: return authorize(control);
    }
}

// Who asks here is in already, or there is no token: so that a client need not know which.
void Session::authorize(const Control& control) {
    if (station().access.admits(control.token)) {
        return answer(authorized_text(control.ref));
    }
    station().counters.unauthorized.fetch_add(1, std::memory_order_relaxed);
    answer(control_error("unauthorized", "this is not the token", control.ref));
}

void Session::open_topic(const Control& control) {
    const auto topic = station().find_or_make(control.topic);
    if (!topic) return answer(control_error(topic.error(), control.ref));
    answer(opened_text(*topic, control.ref));
}

tl::expected<log::Start, std::error_code> Session::add_subscription(const log::Topic& topic, const log::StartFrom& from,
                                                                    bool meta) {
    const auto same = [&](const auto& other) { return other->topic().stream() == topic.stream(); };
    const auto taken = static_cast<std::size_t>(std::count_if(subscriptions_.begin(), subscriptions_.end(), same));
    if (subscriptions_.size() - taken >= station().limits.max_subscriptions) {
        return tl::unexpected(too_many_subscriptions());
    }
    SubscriptionPlace place = station().take_place();
    if (!place) return tl::unexpected(too_many_subscriptions_in_all());
    log::Cursor cursor = log::Topic{topic}.subscribe(from);
    if (const auto error = locate(station(), topic, cursor)) return tl::unexpected(error);
    const log::Start start = cursor.start();
    auto subscription = std::make_shared<Subscription>(thread_, topic, std::move(cursor), std::move(place), meta,
                                                       [this] { guard([this] { pump(); }); });
    remove_subscription(topic.stream());  // a second one takes the place of the first
    debug(topic, "a subscriber comes, from offset " + std::to_string(start.from_offset));
    subscriptions_.push_back(std::move(subscription));
    return start;
}

bool Session::remove_subscription(std::uint64_t stream) {
    const auto found = std::find_if(subscriptions_.begin(), subscriptions_.end(),
                                    [&](const auto& subscription) { return subscription->topic().stream() == stream; });
    if (found == subscriptions_.end()) return false;
    debug((*found)->topic(), "a subscriber goes");
    (*found)->end();
    subscriptions_.erase(found);
    return true;
}

void Session::subscribe(const Control& control) {
    const auto topic = station().find_or_make(control.topic);
    if (!topic) return answer(control_error(topic.error(), control.ref));
    const auto start = add_subscription(*topic, control.from.value_or(log::StartFrom::now()), control.meta);
    if (!start) return answer(read_error_text(*topic, start.error(), control.ref));
    answer(subscribed_text(*topic, *start, control.ref), true);
}

void Session::publish_text(const Control& control) {
    const auto topic = station().find_or_make(control.topic);
    if (!topic) return answer(control_error(topic.error(), control.ref));
    Reply reply;
    reply.as_text = true;
    reply.ref = control.ref;
    const std::vector<std::byte> headers = log::encode_headers(control.headers);
    const log::Message message{log::as_bytes(control.payload),
                               control.headers.empty() ? log::Bytes{} : log::Bytes{headers}};
    if (message.payload.size() > station().limits.max_payload) {
        return refuse(*topic, log::Errc::payload_too_large, std::move(reply));
    }
    if (message.headers.size() > log::kMaxHeaders) {
        return refuse(*topic, log::Errc::headers_too_large, std::move(reply));
    }
    publish(*topic, {&message, 1}, std::move(reply));
}

}  // namespace station::final_station
