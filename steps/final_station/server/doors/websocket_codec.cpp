#include "websocket_codec.hpp"

#include <station/wire/frame.hpp>
#include <utility>

#include "server/describe.hpp"
#include "server/session/session.hpp"

namespace station::final_station {
namespace {

using net::CloseCode;
using net::Opcode;
using net::WebSocket;

constexpr std::size_t kMaxBatch = std::size_t{128} << 10;          // bytes of a message of several frames
constexpr std::string_view kTryAgainLater{"\x88\x02\x03\xf5", 4};  // a close frame with code 1013

// Sends every message back.
class EchoCodec final : public WebSocketCodec {
  public:
    EchoCodec(Station& station, const Deflate& deflate) : WebSocketCodec(station, false, deflate) {}

  private:
    void take_text(std::string_view text, Requests& requests) override { send_back(Opcode::text, text, requests); }
    void take_binary(std::span<const std::byte> message, Requests& requests) override {
        send_back(Opcode::binary, log::as_text(message), requests);
    }
    // A pong that is owed goes out before the message that came after its ping.
    void send_back(Opcode opcode, std::string_view message, Requests& requests) {
        std::string bytes;
        put_own(bytes, false);
        put_message(bytes, opcode, message.size(), [&](std::string& to) { to += message; });
        requests.answer_bytes(std::move(bytes));
    }
};

void start(IoThread& thread, AcceptedSocket accepted, std::unique_ptr<Codec> codec, std::string_view first) {
    const Limits& limits = thread.station.limits;
    const Watchdog::Rules rules{.request_timeout = limits.request_timeout,
                                .slowest_upload = kSlowestUpload,
                                .slow_reader = limits.slow_reader,
                                .ping = limits.ping_interval};
    std::make_shared<Session>(thread, std::move(accepted), Door::websocket, std::move(codec), rules)->start(first);
}

}  // namespace

WebSocketCodec::WebSocketCodec(Station& station, bool batches, const Deflate& deflate)
    : station_(station),
      socket_(WebSocket::Role::server,
              {.max_message = station.limits.max_message, .max_fragments = station.limits.max_fragments}, deflate),
      batches_(batches),
      // Compressed, too: nobody takes a context over.
      wire_(2 * (deflate ? deflate->server_max_window_bits : 0) + (batches ? 1 : 0)) {}

std::size_t WebSocketCodec::take_in(std::string_view bytes, Requests& requests) {
    requests_ = &requests;
    return socket_.feed(bytes, *this);
}

void WebSocketCodec::on_text(std::string_view text) {
    requests_->message_came(text.size());
    take_text(text, *requests_);
}

void WebSocketCodec::on_binary(std::span<const std::byte> bytes) {
    requests_->message_came(bytes.size());
    take_binary(bytes, *requests_);
    requests_->end_run();
}

void WebSocketCodec::take_text(std::string_view text, Requests& requests) {
    const auto control = parse_control(text);
    if (control) return requests.control(*control);
    station_.counters.broken_requests.fetch_add(1, std::memory_order_relaxed);
    requests.answer(control_error(control.error().reason, control.error().detail, control.error().ref));
}

void WebSocketCodec::take_binary(std::span<const std::byte> bytes, Requests& requests) {
    wire::Frame frame;
    do {
        if (!wire::take_frame(bytes, frame) || (!batches_ && !bytes.empty())) {
            return answer_invalid(frame.stream,
                                  batches_ ? "a message must hold whole frames" : "a message must hold one whole frame",
                                  requests);
        }
        take_frame(frame, requests);
    } while (!bytes.empty());
}

void WebSocketCodec::take_frame(const wire::Frame& frame, Requests& requests) {
    switch (frame.type) {
        case wire::FrameType::publish: return requests.publish(frame.stream, frame.payload);
        case wire::FrameType::subscribe: return requests.subscribe(frame.stream, frame.offset);
        case wire::FrameType::unsubscribe: return requests.unsubscribe(frame.stream);
        default:
            answer_invalid(frame.stream,
                           "a client sends PUBLISH (1), SUBSCRIBE (3) and UNSUBSCRIBE (6), not " +
                               std::to_string(static_cast<unsigned>(frame.type)),
                           requests);
    }
}

void WebSocketCodec::answer_invalid(std::uint64_t stream, std::string_view detail, Requests& requests) {
    station_.counters.broken_requests.fetch_add(1, std::memory_order_relaxed);
    std::string bytes;
    put_error(stream, "invalid_frame", detail, bytes);
    requests.answer_bytes(std::move(bytes));
}

void WebSocketCodec::put_text(std::string_view text, std::string& out) {
    put_message(out, Opcode::text, text.size(), [&](std::string& to) { to += text; });
}

void WebSocketCodec::put_frame(std::string& out, wire::FrameType type, std::uint64_t stream, std::uint64_t offset,
                               std::string_view payload) {
    put_message(out, Opcode::binary, wire::kFrameHeader + payload.size(), [&](std::string& to) {
        wire::put_frame_header(to, type, stream, offset, payload.size());
        to += payload;
    });
}

void WebSocketCodec::put_error(std::uint64_t stream, std::string_view reason, std::string_view detail,
                               std::string& out) {
    put_frame(out, wire::FrameType::error, stream, 0, wire::frame_error(reason, detail));
}

void WebSocketCodec::put_published(const Reply& reply, const engine::Topic* topic, std::error_code error,
                                   std::span<const log::Receipt> receipts, std::string& out) {
    if (reply.as_text) {
        if (error) return put_text(control_error(error, reply.ref), out);
        return put_text(published_text(*topic, receipts.front(), reply.ref), out);
    }
    if (batches_ && !receipts.empty()) {
        put_message(out, Opcode::binary, wire::kFrameHeader * receipts.size(), [&](std::string& to) {
            for (const log::Receipt& receipt : receipts) {
                wire::put_frame_header(to, wire::FrameType::ack, reply.stream, receipt.offset, 0);
            }
        });
    } else {
        for (const log::Receipt& receipt : receipts) {
            put_frame(out, wire::FrameType::ack, reply.stream, receipt.offset, {});
        }
    }
    if (!error) return;
    for (std::size_t i = receipts.size(); i < reply.count; ++i) {
        put_error(reply.stream, reason_of(error), error.message(), out);
    }
}

void WebSocketCodec::put_events(const Subscription& subscription, engine::Cursor::Batch events, std::string& out) {
    const std::uint64_t stream = subscription.topic().stream();
    if (subscription.form() == EventForm::text) {
        for (const log::EventView& event : events) put_text(message_text(subscription.topic().name(), event), out);
        return;
    }
    const bool meta = subscription.form() == EventForm::meta;
    const auto type = meta ? wire::FrameType::message_meta : wire::FrameType::message;
    const std::size_t extra = meta ? wire::kMetaBytes : 0;
    while (!events.empty()) {
        std::size_t count = 0;
        std::size_t size = 0;
        do {
            size += wire::kFrameHeader + extra + events[count].payload.size();
            ++count;
        } while (batches_ && count < events.size() && size < kMaxBatch);
        put_message(out, Opcode::binary, size, [&](std::string& to) {
            for (const log::EventView& event : events.first(count)) {
                wire::put_frame_header(to, type, stream, event.offset, extra + event.payload.size());
                if (meta) wire::put_meta(to, event.id.bytes(), event.time);
                to += log::as_text(event.payload);
            }
        });
        events = events.subspan(count);
    }
}

std::string WebSocketCodec::answer_query(const Control& control) {
    if (control.type == Control::Type::health) {
        return R"({"type":"health","status":")" + std::string{describe_health(station_).ready ? "ok" : "failed"} +
               "\"" + ref_member(control.ref) + "}";
    }
    std::string counts = metrics::to_json(station_.counters.publishes());
    counts.pop_back();
    return R"({"type":"metrics",)" + counts.substr(1) + ref_member(control.ref) + "}";
}

std::string_view WebSocketCodec::no_memory() const { return kTryAgainLater; }

// Nothing may follow a close frame, and what was asked for before it is answered: the close waits for the answers.
void WebSocketCodec::put_own(std::string& out, bool answers_pending) {
    if (socket_.has_output() && !(is_closing() && answers_pending)) socket_.take_output(out);
}

void WebSocketCodec::say_farewell(Farewell why, std::string_view detail) {
    if (why == Farewell::too_slow) return socket_.close(CloseCode::policy_violation, detail);
    socket_.close(CloseCode::going_away, "the station is shutting down");
}

void start_websocket_session(IoThread& thread, AcceptedSocket accepted, bool batches, const Deflate& deflate,
                             std::string_view first) {
    start(thread, std::move(accepted), std::make_unique<WebSocketCodec>(thread.station, batches, deflate), first);
}

void start_websocket_echo(IoThread& thread, AcceptedSocket accepted, const Deflate& deflate, std::string_view first) {
    start(thread, std::move(accepted), std::make_unique<EchoCodec>(thread.station, deflate), first);
}

}  // namespace station::final_station
