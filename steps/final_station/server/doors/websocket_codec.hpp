// The WebSocket door: binary frames and control texts (docs/protocol.md, "Frames").
#pragma once

#include <memory>
#include <optional>
#include <station/net/websocket.hpp>
#include <station/wire/frame.hpp>
#include <string>
#include <string_view>

#include "server/session/codec.hpp"
#include "server/station.hpp"

namespace station::final_station {

class IoThread;

inline constexpr std::string_view kBatchProtocol = "station.batch.v1";  // several frames in one message
// One frame a message, as without any: a browser that has offered something, if only a token, ends a WebSocket whose
// server has chosen nothing of it.
inline constexpr std::string_view kPlainProtocol = "station.v1";

// What is asked of permessage-deflate: that nobody takes a context over. Answers are encoded in another order than they
// are sent in, and an idle connection is to cost nothing.
inline constexpr net::DeflateParameters kNoContexts{.server_no_context_takeover = true,
                                                    .client_no_context_takeover = true};

using Deflate = std::optional<net::DeflateParameters>;

class WebSocketCodec : public Codec, private net::WebSocket::Handler {
  public:
    WebSocketCodec(Station& station, bool batches, const Deflate& deflate);

    std::size_t take_in(std::string_view bytes, Requests& requests) final;
    bool inside_message() const final { return socket_.inside_message(); }
    std::size_t kept() const final { return socket_.kept(); }
    bool takes_half_closed() const final { return false; }

    void put_text(std::string_view text, std::string& out) final;
    void put_error(std::uint64_t stream, std::string_view reason, std::string_view detail, std::string& out) final;
    void put_published(const Reply& reply, const engine::Topic* topic, std::error_code error,
                       std::span<const log::Receipt> receipts, std::string& out) final;
    void put_events(const Subscription& subscription, engine::Cursor::Batch events, std::string& out) final;
    int form_of(EventForm form) const final { return 4 * wire_ + static_cast<int>(form); }
    std::string answer_query(const Control& control) final;
    std::string_view no_memory() const final;

    void put_own(std::string& out, bool answers_pending) final;
    void ping() final { socket_.ping(""); }
    void say_farewell(Farewell why, std::string_view detail) final;
    bool is_closing() const final { return socket_.close_sent() || socket_.close_received(); }
    bool is_closed() const final { return socket_.finished() && !socket_.has_output(); }
    bool was_left() const final { return socket_.close_received() || socket_.finished(); }

  protected:
    // A message of `size` bytes, which `put` appends to the string that it is given: to `out` itself where they go out
    // as they are.
    template <typename Put>
    void put_message(std::string& out, net::Opcode opcode, std::size_t size, const Put& put) {
        if (!socket_.compresses(size)) {
            net::WebSocket::put_header(out, opcode, size);
            return put(out);
        }
        std::string message;
        message.reserve(size);
        put(message);
        socket_.put_compressed(out, opcode, message);
    }
    // Within take_in().
    virtual void take_text(std::string_view text, Requests& requests);
    virtual void take_binary(std::span<const std::byte> bytes, Requests& requests);

  private:
    void on_text(std::string_view text) final;
    void on_binary(std::span<const std::byte> bytes) final;
    bool wants_more() final { return requests_->ready(); }
    void take_frame(const wire::Frame& frame, Requests& requests);
    void put_frame(std::string& out, wire::FrameType type, std::uint64_t stream, std::uint64_t offset,
                   std::string_view payload);
    void answer_invalid(std::uint64_t stream, std::string_view detail, Requests& requests);

    Station& station_;
    net::WebSocket socket_;
    const bool batches_;
    const int wire_;                // how messages lie on the wire; see form_of()
    Requests* requests_ = nullptr;  // within take_in()
};

// After the upgrade was answered; `first` came behind the request.
void start_websocket_session(IoThread& thread, AcceptedSocket accepted, bool batches, const Deflate& deflate,
                             std::string_view first);
// Sends every message back. For conformance suites, which want an echo.
void start_websocket_echo(IoThread& thread, AcceptedSocket accepted, const Deflate& deflate, std::string_view first);

}  // namespace station::final_station
