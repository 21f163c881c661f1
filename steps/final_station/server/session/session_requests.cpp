// What control texts make a session do.
#include <new>
#include <station/wire/frame.hpp>
#include <utility>

#include "server/describe.hpp"
#include "session.hpp"

namespace station::final_station {

void Session::control(const Control& control) {
    end_run();
    switch (control.type) {
        case Control::Type::open:
        case Control::Type::subscribe:
        case Control::Type::publish:
            if (const auto topic = station().find(control.topic)) return carry_out(control, *topic);
            return make_topic(control.topic,
                              [control](Session& self, const Topics::Made& topic) { self.carry_out(control, topic); });
        case Control::Type::unsubscribe: return unsubscribe(control);
        case Control::Type::topics: return list_topics(control);
        case Control::Type::metrics:
        case Control::Type::health: return answer(codec_->answer_query(control));
        case Control::Type::auth: return authorize(control);
    }
}

// Requests behind this one wait for it, so that each finds what the ones before it have made.
void Session::make_topic(std::string name, std::function<void(Session&, Topics::Made)> then) {
    making_topic_ = true;
    station().registry.make(std::move(name), thread_.mailbox,
                            [self = shared_from_this(), then = std::move(then)](Topics::Made made) {
                                self->making_topic_ = false;
                                if (self->phase_ == Phase::ended) return;
                                try {
                                    then(*self, std::move(made));
                                } catch (const std::bad_alloc&) {
                                    return self->out_of_memory();
                                }
                                self->transport_.resume();
                            });
}

void Session::carry_out(const Control& control, const Topics::Made& topic) {
    if (!topic) return answer(control_error(topic.error(), control.ref));
    if (control.type == Control::Type::open) return open(control, *topic);
    if (control.type == Control::Type::subscribe) return subscribe(control, *topic);
    publish(control, *topic);
}

void Session::open(const Control& control, const log::Topic& topic) { answer(opened_text(topic, control.ref)); }

void Session::subscribe(const Control& control, const log::Topic& topic) {
    const auto start = subscriptions_.add(topic, control.from.value_or(log::StartFrom::now()), control.meta);
    if (!start) return answer(read_error_text(topic, start.error(), control.ref));
    Reply reply;
    reply.holds_events = true;
    reply.done = true;
    codec_->put_text(subscribed_text(topic, *start, control.ref), reply.bytes);
    replies_.add(std::move(reply));
    release_answers();
}

void Session::publish(const Control& control, const log::Topic& topic) {
    Reply reply;
    reply.as_text = true;
    reply.ref = control.ref;
    const std::vector<std::byte> headers = log::encode_headers(control.headers);
    const log::Message message{log::as_bytes(control.payload),
                               control.headers.empty() ? log::Bytes{} : log::Bytes{headers}};
    if (message.payload.size() > station().limits.max_payload) {
        return refuse(&topic, log::Errc::payload_too_large, std::move(reply));
    }
    if (message.headers.size() > log::kMaxHeaders) {
        return refuse(&topic, log::Errc::headers_too_large, std::move(reply));
    }
    hand_over(topic, {&message, 1}, std::move(reply));
}

void Session::subscribe(std::uint64_t stream, std::uint64_t offset) {
    end_run();
    const auto topic = station().find(stream);
    if (!topic) return answer_error(stream, "unknown_stream", "open a topic to learn its stream");
    const auto from = offset == wire::kFromNow ? log::StartFrom::now() : log::StartFrom::offset(offset);
    const auto start = subscriptions_.add(*topic, from, false);
    if (start) return;
    answer_error(stream, read_error_reason(*topic, start.error()), read_error_detail(*topic, start.error()));
}

void Session::unsubscribe(std::uint64_t stream) {
    end_run();
    if (subscriptions_.remove(stream)) return;
    answer_error(stream, "not_subscribed", "there is no subscription to this stream");
}

void Session::unsubscribe(const Control& control) {
    const auto topic = station().find(control.topic);
    if (!topic || !subscriptions_.remove(topic->stream())) {
        return answer(control_error("not_subscribed", "there is no subscription to this topic", control.ref));
    }
    answer(unsubscribed_text(control.topic, control.ref));
}

void Session::list_topics(const Control& control) {
    Reply reply;
    reply.done = true;
    reply.write_late = [this, ref = control.ref](std::string& out) {
        codec_->put_text(topics_text(station(), ref), out);
    };
    replies_.add(std::move(reply));
}

// Who asks here is in already, or there is no token: so that a client need not know which.
void Session::authorize(const Control& control) {
    if (station().access.admits(control.token)) {
        return answer(authorized_text(control.ref));
    }
    station().counters.unauthorized.fetch_add(1, std::memory_order_relaxed);
    answer(control_error("unauthorized", "this is not the token", control.ref));
}

}  // namespace station::final_station
