#include "line_codec.hpp"

#include <algorithm>
#include <station/wire/json.hpp>
#include <station/wire/reply.hpp>
#include <station/wire/request.hpp>

#include "server/describe.hpp"
#include "server/session/session.hpp"

namespace station::final_station {
namespace {

constexpr std::size_t kLongestAuthLine = 4096;  // bytes of a stranger's line: a token, its JSON, and a ref

constexpr std::string_view kNotHere =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 62\r\n\r\n"
    "This port speaks JSON lines. HTTP has a port of its own here.\n";

// "GET / HTTP/1.1", and the preface of HTTP/2, which is "PRI * HTTP/2.0".
bool is_http_request_line(std::string_view line) {
    const std::size_t version = line.rfind(" HTTP/");
    return version != std::string_view::npos && version > 0 && line.find(' ') < version;
}

}  // namespace

LineCodec::LineCodec(Station& station)
    : station_(station), lines_(station.limits.max_line), authorized_(!station.access.required()) {
    if (!authorized_) lines_.set_max_line(std::min(kLongestAuthLine, station.limits.max_line));
}

std::size_t LineCodec::take_in(std::string_view bytes, Requests& requests) {
    std::string_view left = bytes;
    while (!left.empty() && !ended_ && requests.ready()) {
        const wire::Line line = lines_.next(left);
        if (line.status == wire::LineStatus::incomplete) break;
        requests.message_came(line.text.size());
        if (line.status == wire::LineStatus::complete) {
            take_line(line.text, requests);
        } else if (!authorized_) {
            turn_away(requests);
        } else {
            refuse(wire::error_line_too_long().text, requests);
        }
    }
    return ended_ ? bytes.size() : bytes.size() - left.size();
}

void LineCodec::take_line(std::string_view line, Requests& requests) {
    if (std::exchange(first_, false) && is_http_request_line(line)) {
        station_.counters.broken_requests.fetch_add(1, std::memory_order_relaxed);
        ended_ = true;
        requests.answer_bytes(std::string{kNotHere});
        return requests.end_of_requests();
    }
    if (!authorized_) return take_first_line(line, requests);
    const auto event = wire::parse_event(line);
    if (event) return requests.publish(kEventsTopic, log::as_bytes(line));
    const auto fields = event.error().reason == wire::RequestError::Reason::invalid_json
                            ? std::nullopt
                            : wire::scan_fields(line, wire::kMaxDepth);
    if (fields && fields->type && std::holds_alternative<std::string>(*fields->type)) {
        const auto control = parse_control(line);
        if (control) return requests.control(*control);
        if (control.error().reason != "unknown_type") {
            station_.counters.broken_requests.fetch_add(1, std::memory_order_relaxed);
            return requests.answer(control_error(control.error().reason, control.error().detail, control.error().ref));
        }
    }
    station_.counters.broken_requests.fetch_add(1, std::memory_order_relaxed);
    requests.answer(wire::error(event.error()).text);
}

void LineCodec::take_first_line(std::string_view line, Requests& requests) {
    const auto control = parse_control(line);
    if (!control || control->type != Control::Type::auth || !station_.access.admits(control->token)) {
        return turn_away(requests);
    }
    authorized_ = true;
    lines_.set_max_line(station_.limits.max_line);
    requests.control(*control);
}

void LineCodec::turn_away(Requests& requests) {
    station_.counters.unauthorized.fetch_add(1, std::memory_order_relaxed);
    refuse(R"({"status":"error","reason":"unauthorized"})", requests);
}

// The last answer of this connection.
void LineCodec::refuse(std::string_view answer, Requests& requests) {
    ended_ = true;
    requests.answer(answer);
    requests.end_of_requests();
}

void LineCodec::put_text(std::string_view text, std::string& out) {
    out += text;
    out += '\n';
}

// Frames are not spoken here.
void LineCodec::put_error(std::uint64_t, std::string_view reason, std::string_view detail, std::string& out) {
    put_text(control_error(reason, detail, {}), out);
}

void LineCodec::put_events(const Subscription& subscription, engine::Cursor::Batch events, std::string& out) {
    for (const log::EventView& event : events) {
        append_message(out, subscription.topic().name(), event);
        out += '\n';
    }
}

void LineCodec::put_published(const Reply& reply, const engine::Topic* topic, std::error_code error,
                              std::span<const log::Receipt> receipts, std::string& out) {
    if (reply.as_text) {
        if (error) return put_text(control_error(error, reply.ref), out);
        return put_text(published_text(*topic, receipts.front(), reply.ref), out);
    }
    for (const log::Receipt& receipt : receipts) append_accepted_line(out, receipt);
    if (!error) return;
    const std::string text = rejected_line(reason_of(error));
    for (std::size_t i = receipts.size(); i < reply.count; ++i) put_text(text, out);
}

std::string LineCodec::answer_query(const Control& control) {
    if (control.type == Control::Type::health) return health_line(describe_health(station_).ready, control.ref);
    return metrics_line(station_.counters.publishes(), control.ref);
}

std::string_view LineCodec::no_memory() const { return "{\"status\":\"rejected\",\"reason\":\"out_of_memory\"}\n"; }

void LineCodec::say_farewell(Farewell why, std::string_view detail) {
    said_farewell_ = ended_ = true;
    if (why == Farewell::unauthorized) {
        station_.counters.unauthorized.fetch_add(1, std::memory_order_relaxed);
        put_text(R"({"status":"error","reason":"unauthorized"})", last_words_);
    } else if (why == Farewell::too_slow) {
        put_text(authorized_ ? control_error("too_slow", detail, {}) : R"({"status":"error","reason":"unauthorized"})",
                 last_words_);
    }
}

void LineCodec::put_own(std::string& out, bool answers_pending) {
    if (answers_pending) return;
    out += last_words_;
    last_words_ = std::string{};
}

void start_line_session(IoThread& thread, AcceptedSocket accepted) {
    const Limits& limits = thread.station.limits;
    const Watchdog::Rules rules{.request_timeout = limits.request_timeout,
                                .slowest_upload = kSlowestUpload,
                                .slow_reader = limits.slow_reader,
                                .idle = limits.idle_timeout,
                                .login = limits.request_timeout};
    std::make_shared<Session>(thread, std::move(accepted), Door::lines, std::make_unique<LineCodec>(thread.station),
                              rules)
        ->start({});
}

}  // namespace station::final_station
