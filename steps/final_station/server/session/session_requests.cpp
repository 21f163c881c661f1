// What control texts make a session do.
#include <functional>
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
            if (!control.topics.empty()) return follow(control);
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

// What a thread that may wait for the disk calls when it is done. Requests behind this one wait for it, so that each
// finds what the ones before it have made.
template <typename Result>
std::function<void(Result)> Session::go_on_with(std::function<void(Session&, Result)> then) {
    waits_for_disk_ = true;
    return [self = shared_from_this(), then = std::move(then)](Result result) {
        self->waits_for_disk_ = false;
        if (self->phase_ == Phase::ended) return;
        try {
            then(*self, std::move(result));
        } catch (const std::bad_alloc&) {
            return self->out_of_memory();
        }
        self->transport_.resume();
    };
}

void Session::make_topic(std::string name, std::function<void(Session&, Topics::Made)> then) {
    station().registry.make(std::move(name), thread_.mailbox, go_on_with(std::move(then)));
}

void Session::add_subscription(const engine::Topic& topic, const log::StartFrom& from, EventForm form,
                               std::function<void(Session&, Subscriptions::Added)> then) {
    subscriptions_.add(topic, from, form, go_on_with(std::move(then)));
}

void Session::carry_out(const Control& control, const Topics::Made& topic) {
    if (!topic) return answer(control_error(topic.error(), control.ref));
    if (control.type == Control::Type::open) return open(control, *topic);
    if (control.type == Control::Type::subscribe) return subscribe(control, *topic);
    publish(control, *topic);
}

void Session::open(const Control& control, const engine::Topic& topic) { answer(opened_text(topic, control.ref)); }

void Session::subscribe(const Control& control, const engine::Topic& topic) {
    subscribe(topic, control.from.value_or(log::StartFrom::now()), {control.form(), control.ref});
}

void Session::subscribe(const engine::Topic& topic, const log::StartFrom& from, const Following::Terms& terms) {
    add_subscription(topic, from, terms.form, [topic, ref = terms.ref](Session& self, Subscriptions::Added start) {
        if (!start) return self.answer(read_error_text(topic, start.error(), ref));
        Reply reply;
        reply.holds_events = true;
        reply.done = true;
        self.codec_->put_text(subscribed_text(topic, *start, ref), reply.bytes);
        self.replies_.add(std::move(reply));
        self.release_answers();
    });
}

void Session::publish(const Control& control, const engine::Topic& topic) {
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
    add_subscription(*topic, from, EventForm::frame, [topic = *topic](Session& self, Subscriptions::Added start) {
        if (start) return;
        const std::error_code error = start.error();
        self.answer_error(topic.stream(), read_error_reason(topic, error), read_error_detail(topic, error));
    });
}

void Session::unsubscribe(std::uint64_t stream) {
    end_run();
    if (subscriptions_.remove(stream)) return;
    answer_error(stream, "not_subscribed", "there is no subscription to this stream");
}

void Session::unsubscribe(const Control& control) {
    if (!control.topics.empty()) return leave(control);
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
