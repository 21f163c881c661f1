#include "control_text.hpp"

#include <station/log/event_json.hpp>
#include <station/wire/json_writer.hpp>

#include "engine/refusal.hpp"

namespace station::final_station {
namespace {

// An object that ends with its ref.
class Answer {
  public:
    Answer(std::string_view key, std::string_view kind, std::string_view ref) : ref_(ref) {
        json_.begin_object().member(key, kind);
    }
    Answer(std::string_view type, std::string_view ref) : Answer("type", type, ref) {}

    template <typename T>
    Answer& member(std::string_view key, const T& value) {
        json_.member(key, value);
        return *this;
    }
    Answer& counts(const metrics::Counts& counts) {
        return member("received", counts.received)
            .member("processed", counts.processed)
            .member("dropped", counts.dropped);
    }
    std::string take() {
        if (!ref_.empty()) json_.raw_member("ref", ref_);
        json_.end_object();
        return std::move(text_);
    }

  private:
    std::string text_;
    std::string_view ref_;
    wire::JsonWriter json_{text_};
};

std::string_view health_word(bool ready) { return ready ? "ok" : "failed"; }

}  // namespace

std::string control_error(std::string_view reason, std::string_view detail, std::string_view ref) {
    return Answer("error", ref).member("reason", reason).member("detail", detail).take();
}

std::string control_error(std::error_code error, std::string_view ref) {
    return control_error(reason_of(error), error.message(), ref);
}

std::string opened_text(const engine::Topic& topic, std::string_view ref) {
    return Answer("opened", ref)
        .member("topic", topic.name())
        .member("stream", topic.stream())
        .member("next_offset", topic.next_offset())
        .take();
}

std::string subscribed_text(const engine::Topic& topic, const log::Start& start, std::string_view ref) {
    Answer answer("subscribed", ref);
    answer.member("topic", topic.name()).member("stream", topic.stream()).member("from_offset", start.from_offset);
    answer.member("first_offset", start.first_offset).member("next_offset", start.next_offset);
    answer.member("complete", start.complete);
    if (start.matched) answer.member("matched", *start.matched);
    return answer.take();
}

std::string unsubscribed_text(std::string_view topic, std::string_view ref) {
    return Answer("unsubscribed", ref).member("topic", topic).take();
}

std::string published_text(const engine::Topic& topic, const log::Receipt& receipt, std::string_view ref) {
    return Answer("published", ref)
        .member("topic", topic.name())
        .member("id", receipt.id.to_text())
        .member("offset", receipt.offset)
        .member("time", receipt.time)
        .take();
}

std::string authorized_text(std::string_view ref) { return Answer("authorized", ref).take(); }

std::string health_text(bool ready, std::string_view ref) {
    return Answer("health", ref).member("status", health_word(ready)).take();
}

std::string metrics_text(const metrics::Counts& counts, std::string_view ref) {
    return Answer("metrics", ref).counts(counts).take();
}

std::string start_headers(const log::Start& start) {
    const auto truth = [](bool value) { return value ? "true" : "false"; };
    std::string headers = "Station-From-Offset: " + std::to_string(start.from_offset) + "\r\n";
    headers += "Station-First-Offset: " + std::to_string(start.first_offset) + "\r\n";
    headers += "Station-Next-Offset: " + std::to_string(start.next_offset) + "\r\n";
    headers += std::string{"Station-Complete: "} + truth(start.complete) + "\r\n";
    if (start.matched) headers += std::string{"Station-Matched: "} + truth(*start.matched) + "\r\n";
    return headers;
}

void append_accepted_line(std::string& out, const log::Receipt& receipt) {
    wire::JsonWriter(out)
        .begin_object()
        .member("status", "accepted")
        .member("id", receipt.id.to_text())
        .member("offset", receipt.offset)
        .end_object();
    out += '\n';
}

std::string rejected_line(std::string_view reason) {
    return Answer("status", "rejected", {}).member("reason", reason).take();
}

std::string health_line(bool ready, std::string_view ref) { return Answer("status", health_word(ready), ref).take(); }

std::string metrics_line(const metrics::Counts& counts, std::string_view ref) {
    std::string text = metrics::to_json(counts);
    if (ref.empty()) return text;
    text.pop_back();
    return text + ref_member(ref) + "}";
}

std::string lost_text(const engine::Topic& topic, const log::Lost& lost) {
    return Answer("lost", {})
        .member("topic", topic.name())
        .member("stream", topic.stream())
        .member("from", lost.from)
        .member("to", lost.to)
        .member("complete", false)
        .take();
}

std::string damage_text(const engine::Topic& topic, const log::Damage& damage) {
    return Answer("error", {})
        .member("reason", "damaged")
        .member("detail", "events are lost: " + damage.reason)
        .member("topic", topic.name())
        .member("first_offset", damage.first_offset)
        .member("next_offset", damage.next_offset)
        .take();
}

void append_message(std::string& out, std::string_view topic, const log::EventView& event) {
    log::append_event_json(out, topic, event, "message");
}

std::string message_text(std::string_view topic, const log::EventView& event) {
    std::string text;
    append_message(text, topic, event);
    return text;
}

std::string ref_member(std::string_view ref) { return ref.empty() ? std::string{} : ",\"ref\":" + std::string{ref}; }

}  // namespace station::final_station
