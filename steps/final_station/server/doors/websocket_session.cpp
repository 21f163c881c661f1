#include "websocket_session.hpp"

#include <algorithm>
#include <station/wire/frame.hpp>
#include <station/wire/json.hpp>
#include <utility>

#include "server/describe.hpp"

namespace station::final_station {
namespace {

using net::CloseCode;
using net::Opcode;
using net::WebSocket;

constexpr std::size_t kMaxBatch = std::size_t{128} << 10;          // bytes of a message of several frames
constexpr std::string_view kTryAgainLater{"\x88\x02\x03\xf5", 4};  // a close frame with code 1013
constexpr std::chrono::seconds kGoodbye{2};                        // for the client to answer a close

class WebSocketSession : public Session, protected WebSocket::Handler {
  public:
    WebSocketSession(IoThread& io_thread, net::Socket socket, bool batches)
        : Session(io_thread, std::move(socket), Door::websocket),
          socket_(WebSocket::Role::server, {.max_message = io_thread.station.limits.max_message,
                                            .max_fragments = io_thread.station.limits.max_fragments}),
          batches_(batches) {}

  protected:
    void take_in(std::string_view bytes) override {
        socket_.feed(bytes, *this);
        if (socket_.finished() && !socket_.close_received()) {
            close_by(Clock::now() + kGoodbye);  // it broke the protocol
        }
    }
    bool inside_message() const override { return socket_.inside_message(); }
    bool protocol_closing() const override { return socket_.close_sent() || socket_.close_received(); }
    bool protocol_finished() const override { return socket_.finished() && !socket_.has_output(); }
    void end_of_input() override { end(); }

    // Nothing may follow a close frame, and what was asked for before it is answered: the close waits for the answers.
    void put_protocol_output(std::string& out) override {
        if (socket_.has_output() && !(protocol_closing() && answers_pending())) socket_.take_output(out);
    }

    void say_goodbye() override { say_goodbye(CloseCode::going_away, "the station is shutting down"); }
    void too_slow(std::string_view what) override { say_goodbye(CloseCode::policy_violation, what); }

    void on_text(std::string_view text) override {
        ++messages_in_;
        const auto control = parse_control(text);
        if (control) return handle_control(*control);
        station().counters.broken_requests.fetch_add(1, std::memory_order_relaxed);
        answer(control_error(control.error().reason, control.error().detail, control.error().ref));
    }
    void on_binary(std::span<const std::byte> bytes) override;

    void put_text(std::string_view text, std::string& out) override {
        WebSocket::put_header(out, Opcode::text, text.size());
        out += text;
    }
    void put_published(const Reply& reply, const log::Topic& topic, std::error_code error,
                       std::span<const log::Receipt> receipts, std::string& out) override;
    void put_events(const Subscription& subscription, log::Cursor::Batch events, std::string& out) override;
    std::string answer_query(const Control& control) override;
    std::string_view no_memory() const override { return kTryAgainLater; }

    // A client that is silent for two of these is gone. One that does not read can't answer: it has the slow reader's
    // time instead.
    void tick_protocol(Clock::time_point now) override {
        if (phase() != Phase::open || blocked()) return;
        const auto interval = station().limits.ping_interval;
        const auto silent = now - last_read();
        if (silent < interval) {
            pinged_ = false;
        } else if (!pinged_) {
            pinged_ = true;
            pinged_at_ = now;
            socket_.ping("");
            pump();
        } else if (now - pinged_at_ >= interval) {
            end();
        }
    }

  private:
    struct Run {
        std::optional<log::Topic> topic;
        std::uint64_t stream = 0;
        std::vector<log::Message> messages;
    };

    void say_goodbye(CloseCode code, std::string_view reason) {
        socket_.close(code, reason);
        close_by(Clock::now() + kGoodbye);
        pump();
    }
    void handle_frame(const wire::Frame& frame);
    void add_publish(const wire::Frame& frame);
    void end_run();
    void subscribe_frame(const wire::Frame& frame);
    void answer_error(std::uint64_t stream, std::string_view reason, std::string_view detail);
    void put_frame(std::string& out, wire::FrameType type, std::uint64_t stream, std::uint64_t offset,
                   std::string_view payload) const;

    WebSocket socket_;
    bool batches_;
    bool pinged_ = false;
    Clock::time_point pinged_at_;
    Run run_;  // consecutive publishes to one stream
};

void WebSocketSession::on_binary(std::span<const std::byte> bytes) {
    ++messages_in_;
    wire::Frame frame;
    do {
        if (!wire::take_frame(bytes, frame) || (!batches_ && !bytes.empty())) {
            end_run();
            station().counters.broken_requests.fetch_add(1, std::memory_order_relaxed);
            return answer_error(frame.stream, "invalid_frame",
                                batches_ ? "a message must hold whole frames" : "a message must hold one whole frame");
        }
        handle_frame(frame);
    } while (!bytes.empty());
    end_run();
}

void WebSocketSession::handle_frame(const wire::Frame& frame) {
    if (frame.type == wire::FrameType::publish) return add_publish(frame);
    end_run();
    if (frame.type == wire::FrameType::subscribe) return subscribe_frame(frame);
    if (frame.type == wire::FrameType::unsubscribe) {
        if (!remove_subscription(frame.stream)) {
            answer_error(frame.stream, "not_subscribed", "there is no subscription to this stream");
        }
        return;
    }
    station().counters.broken_requests.fetch_add(1, std::memory_order_relaxed);
    answer_error(frame.stream, "invalid_frame",
                 "a client sends PUBLISH (1), SUBSCRIBE (3) and UNSUBSCRIBE (6), not " +
                     std::to_string(static_cast<unsigned>(frame.type)));
}

void WebSocketSession::add_publish(const wire::Frame& frame) {
    if (!run_.topic || run_.stream != frame.stream) {
        end_run();
        run_.topic = station().find(frame.stream);
        run_.stream = frame.stream;
        if (!run_.topic) {
            station().counters.refused(log::Errc::no_such_topic);
            return answer_error(frame.stream, "unknown_stream", "open a topic to learn its stream");
        }
    }
    if (frame.payload.size() > station().limits.max_payload) {
        end_run();
        Reply reply;
        reply.stream = frame.stream;
        return refuse(*run_.topic, log::Errc::payload_too_large, std::move(reply));
    }
    run_.messages.push_back({frame.payload, {}});
}

void WebSocketSession::end_run() {
    if (run_.messages.empty()) return;
    Reply reply;
    reply.stream = run_.stream;
    publish(*run_.topic, run_.messages, std::move(reply));
    run_.messages.clear();
    if (run_.messages.capacity() > 64) run_.messages = {};
}

void WebSocketSession::subscribe_frame(const wire::Frame& frame) {
    const auto topic = station().find(frame.stream);
    if (!topic) return answer_error(frame.stream, "unknown_stream", "open a topic to learn its stream");
    const auto from = frame.offset == wire::kFromNow ? log::StartFrom::now() : log::StartFrom::offset(frame.offset);
    const auto start = add_subscription(*topic, from, false);
    if (start) return;
    answer_error(frame.stream, read_error_reason(*topic, start.error()), read_error_detail(*topic, start.error()));
}

void WebSocketSession::put_frame(std::string& out, wire::FrameType type, std::uint64_t stream, std::uint64_t offset,
                                 std::string_view payload) const {
    WebSocket::put_header(out, Opcode::binary, wire::kFrameHeader + payload.size());
    wire::put_frame_header(out, type, stream, offset, payload.size());
    out += payload;
}

void WebSocketSession::answer_error(std::uint64_t stream, std::string_view reason, std::string_view detail) {
    std::string bytes;
    put_frame(bytes, wire::FrameType::error, stream, 0, wire::frame_error(reason, detail));
    answer_bytes(std::move(bytes));
}

void WebSocketSession::put_published(const Reply& reply, const log::Topic& topic, std::error_code error,
                                     std::span<const log::Receipt> receipts, std::string& out) {
    if (reply.as_text) {
        if (error) return put_text(control_error(error, reply.ref), out);
        return put_text(published_text(topic, receipts.front(), reply.ref), out);
    }
    if (batches_ && !receipts.empty()) {
        WebSocket::put_header(out, Opcode::binary, wire::kFrameHeader * receipts.size());
        for (const log::Receipt& receipt : receipts) {
            wire::put_frame_header(out, wire::FrameType::ack, reply.stream, receipt.offset, 0);
        }
    } else {
        for (const log::Receipt& receipt : receipts) {
            put_frame(out, wire::FrameType::ack, reply.stream, receipt.offset, {});
        }
    }
    if (!error) return;
    const std::string payload = wire::frame_error(reason_of(error), error.message());
    for (std::size_t i = receipts.size(); i < reply.count; ++i) {
        put_frame(out, wire::FrameType::error, reply.stream, 0, payload);
    }
}

void WebSocketSession::put_events(const Subscription& subscription, log::Cursor::Batch events, std::string& out) {
    const std::uint64_t stream = subscription.topic().stream();
    const bool meta = subscription.meta();
    const auto type = meta ? wire::FrameType::message_meta : wire::FrameType::message;
    const std::size_t extra = meta ? wire::kMetaBytes : 0;
    while (!events.empty()) {
        std::size_t count = 0;
        std::size_t size = 0;
        do {
            size += wire::kFrameHeader + extra + events[count].payload.size();
            ++count;
        } while (batches_ && count < events.size() && size < kMaxBatch);
        WebSocket::put_header(out, Opcode::binary, size);
        for (const log::EventView& event : events.first(count)) {
            wire::put_frame_header(out, type, stream, event.offset, extra + event.payload.size());
            if (meta) wire::put_meta(out, event.id.bytes(), event.time);
            out += log::as_text(event.payload);
        }
        events = events.subspan(count);
    }
}

std::string WebSocketSession::answer_query(const Control& control) {
    if (control.type == Control::Type::health) {
        return R"({"type":"health","status":")" + std::string{describe_health(station()).ready ? "ok" : "failed"} +
               "\"" + ref_member(control.ref) + "}";
    }
    std::string counts = metrics::to_json(station().counters.publishes());
    counts.pop_back();
    return R"({"type":"metrics",)" + counts.substr(1) + ref_member(control.ref) + "}";
}

class EchoSession final : public WebSocketSession {
  public:
    using WebSocketSession::WebSocketSession;

  private:
    void on_text(std::string_view text) override { send_back(Opcode::text, text); }
    void on_binary(std::span<const std::byte> message) override { send_back(Opcode::binary, log::as_text(message)); }

    // A pong that is owed goes out before the message that came after its ping.
    void send_back(Opcode opcode, std::string_view message) {
        std::string bytes;
        put_protocol_output(bytes);
        WebSocket::put_header(bytes, opcode, message.size());
        bytes += message;
        answer_bytes(std::move(bytes));
    }
};

}  // namespace

void start_websocket_session(IoThread& thread, net::Socket socket, bool batches, std::string_view first) {
    std::make_shared<WebSocketSession>(thread, std::move(socket), batches)->start(first);
}

void start_websocket_echo(IoThread& thread, net::Socket socket, std::string_view first) {
    std::make_shared<EchoSession>(thread, std::move(socket), false)->start(first);
}

}  // namespace station::final_station
