#include <random>
#include <station/base/utf8.hpp>
#include <station/net/deflate.hpp>
#include <station/net/frame_reader.hpp>
#include <station/net/frame_writer.hpp>
#include <station/net/websocket.hpp>
#include <station/net/websocket_deflate.hpp>
#include <utility>

namespace station::net {
namespace {

constexpr std::size_t kMaxReason = kMaxControlPayload - 2;
constexpr std::size_t kMaxSpare = std::size_t{1} << 20;
constexpr std::size_t kWorthCompressing = 256;  // below, a table of codes eats up most of what it saves

// A message is collected in the thread's spare buffer where that is free. So an idle connection keeps no memory, and a
// busy one does not ask for it again with every message.
std::string& spare_buffer() {
    thread_local std::string spare;
    return spare;
}

// What a close frame may say: 7.4.1, 7.4.2 and IANA's list of 1012 to 1014.
bool may_be_sent(std::uint16_t code) {
    if (code >= 3000) return code <= 4999;
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

// At most kMaxReason bytes, cut between two characters.
std::string_view cut_reason(std::string_view reason) {
    if (reason.size() <= kMaxReason) return reason;
    std::size_t size = kMaxReason;
    while (size > 0 && (static_cast<unsigned char>(reason[size]) & 0xC0U) == 0x80) --size;
    return reason.substr(0, size);
}

// 5.3: a client's masks must not be guessed.
std::uint32_t random_mask() {
    std::random_device device;
    return device();
}

// Codes of fixed length make nine bits of some bytes: no encoder in its senses makes more of a message.
std::uint64_t most_compressed(std::size_t max_message) { return std::uint64_t{max_message} + max_message / 8 + 64; }

}  // namespace

class WebSocket::Impl {
  public:
    Impl(Role role, const WebSocketLimits& limits, const std::optional<DeflateParameters>& deflate)
        : role_(role), limits_(limits) {
        if (deflate) deflate_ = std::make_unique<MessageDeflate>(role == Role::server, *deflate);
    }

    std::size_t feed(std::string_view input, Handler& handler);
    std::size_t kept() const { return message_.capacity() + control_.capacity() + out_.capacity(); }
    void close(CloseCode code, std::string_view reason);
    void ping(std::string_view payload) {
        if (!close_sent_) put_control(Opcode::ping, payload.substr(0, kMaxControlPayload));
    }
    void put_compressed(std::string& out, Opcode opcode, std::string_view message);

    Role role_;
    WebSocketLimits limits_;
    std::string out_;
    std::optional<std::uint16_t> peer_code_;
    std::uint64_t pongs_ = 0;
    bool close_sent_ = false;
    bool close_received_ = false;
    bool failed_ = false;
    bool in_message_ = false;
    FrameReader reader_;
    std::unique_ptr<MessageDeflate> deflate_;

  private:
    void fail(CloseCode code, std::string_view reason);
    void put_control(Opcode opcode, std::string_view payload);
    bool check_header(const FrameReader::Header& frame);
    bool check_data_header(const FrameReader::Header& frame);
    void begin_message(const FrameReader::Header& frame);
    void take_control(const FrameReader::Piece& piece);
    void take_data(const FrameReader::Piece& piece, Handler& handler);
    Inflater::Result expand(const FrameReader::Piece& piece);
    void take_close();
    void deliver(Handler& handler);

    std::string message_;  // data frames, joined
    std::string control_;  // the payload of a control frame
    base::Utf8Check utf8_;
    bool is_text_ = false;
    bool compressed_ = false;
    std::uint64_t compressed_bytes_ = 0;  // of the message so far
    std::size_t fragments_ = 0;
};

std::size_t WebSocket::Impl::feed(std::string_view input, Handler& handler) {
    const std::size_t size = input.size();
    FrameReader::Piece piece;
    while (!failed_ && !close_received_ && handler.wants_more()) {
        const auto result = reader_.next(input, piece);
        if (result == FrameReader::Result::need_more) break;
        if (result == FrameReader::Result::broken) {
            fail(CloseCode::protocol_error, "malformed frame header");
        } else if (!piece.first || check_header(piece.frame)) {
            is_control(piece.frame.opcode) ? take_control(piece) : take_data(piece, handler);
        }
    }
    if (!failed_ && !close_received_) return size - input.size();
    message_ = std::string{};
    deflate_.reset();
    return size;
}

void WebSocket::Impl::fail(CloseCode code, std::string_view reason) {
    close(code, reason);
    failed_ = true;
}

void WebSocket::Impl::close(CloseCode code, std::string_view reason) {
    if (close_sent_) return;
    std::string payload;
    if (code != CloseCode::no_status) {
        const auto number = static_cast<std::uint16_t>(code);
        payload += static_cast<char>(number >> 8);
        payload += static_cast<char>(number & 0xFF);
        payload += cut_reason(reason);
    }
    put_control(Opcode::close, payload);
    close_sent_ = true;
}

void WebSocket::Impl::put_control(Opcode opcode, std::string_view payload) {
    if (role_ == Role::client) return put_masked(out_, opcode, std::as_bytes(std::span{payload}), random_mask());
    put_header(out_, opcode, payload.size());
    out_ += payload;
}

void WebSocket::Impl::put_compressed(std::string& out, Opcode opcode, std::string_view message) {
    std::string payload;
    deflate_->compress(message, payload);
    const auto first = static_cast<std::uint8_t>(kFin | kRsv1 | static_cast<std::uint8_t>(opcode));
    if (role_ == Role::client) return put_masked_frame(out, first, payload, random_mask());
    put_frame_header(out, first, payload.size());
    out += payload;
}

bool WebSocket::Impl::check_header(const FrameReader::Header& frame) {
    const auto broken = [this](std::string_view why) {
        fail(CloseCode::protocol_error, why);
        return false;
    };
    const bool may_be_compressed = deflate_ && !in_message_ && !is_control(frame.opcode);
    if (frame.reserved_bits != 0 && !(may_be_compressed && frame.reserved_bits == kRsv1 >> 4)) {
        return broken("reserved bit set");
    }
    if (frame.masked != (role_ == Role::server)) {
        return broken(frame.masked ? "masked frame from a server" : "unmasked frame from a client");
    }
    if (!is_control(frame.opcode)) return check_data_header(frame);
    control_.clear();
    return frame.opcode <= static_cast<std::uint8_t>(Opcode::pong) || broken("reserved opcode");
}

bool WebSocket::Impl::check_data_header(const FrameReader::Header& frame) {
    const auto refuse = [this](CloseCode code, std::string_view why) {
        fail(code, why);
        return false;
    };
    const auto opcode = static_cast<Opcode>(frame.opcode);
    if (frame.opcode > static_cast<std::uint8_t>(Opcode::binary)) {
        return refuse(CloseCode::protocol_error, "reserved opcode");
    }
    if ((opcode == Opcode::continuation) != in_message_) {
        return refuse(CloseCode::protocol_error, in_message_ ? "new message inside a message" : "nothing to continue");
    }
    if (!in_message_) begin_message(frame);
    if (++fragments_ > limits_.max_fragments) return refuse(CloseCode::policy_violation, "too many fragments");
    const std::uint64_t room =
        compressed_ ? most_compressed(limits_.max_message) - compressed_bytes_ : limits_.max_message - message_.size();
    return frame.length <= room || refuse(CloseCode::message_too_big, "message too big");
}

void WebSocket::Impl::begin_message(const FrameReader::Header& frame) {
    in_message_ = true;
    is_text_ = static_cast<Opcode>(frame.opcode) == Opcode::text;
    compressed_ = frame.reserved_bits != 0;
    compressed_bytes_ = 0;
    fragments_ = 0;
    message_ = std::exchange(spare_buffer(), {});
    message_.clear();
}

void WebSocket::Impl::take_data(const FrameReader::Piece& piece, Handler& handler) {
    if (close_sent_) {
        if (piece.last && piece.frame.fin) in_message_ = false;
        return;
    }
    const std::size_t at = message_.size();
    auto expanded = Inflater::Result::ok;
    if (compressed_) {
        expanded = expand(piece);
    } else {
        make_room(message_, at + piece.bytes.size(), limits_.max_message);
        piece.append_to(message_);
    }
    // Of two mistakes the first one counts, however the bytes were cut: what was expanded up to a broken one is looked
    // at.
    if (is_text_ && !utf8_.feed(std::string_view{message_}.substr(at))) {
        return fail(CloseCode::invalid_payload, "text is not UTF-8");
    }
    if (expanded == Inflater::Result::too_large) return fail(CloseCode::message_too_big, "message too big");
    if (expanded == Inflater::Result::broken) return fail(CloseCode::invalid_payload, "compressed data is broken");
    if (piece.last && piece.frame.fin) deliver(handler);
}

Inflater::Result WebSocket::Impl::expand(const FrameReader::Piece& piece) {
    compressed_bytes_ += piece.bytes.size();
    std::string bytes;
    piece.append_to(bytes);
    const auto result = deflate_->expand(bytes, message_, limits_.max_message);
    if (result != Inflater::Result::ok || !piece.last || !piece.frame.fin) return result;
    return deflate_->end_message(message_, limits_.max_message);
}

void WebSocket::Impl::deliver(Handler& handler) {
    if (is_text_ && !utf8_.complete()) return fail(CloseCode::invalid_payload, "text is not UTF-8");
    in_message_ = false;
    if (is_text_) {
        handler.on_text(message_);
    } else {
        handler.on_binary(std::as_bytes(std::span{message_}));
    }
    if (message_.capacity() <= kMaxSpare && message_.capacity() > spare_buffer().capacity()) {
        message_.swap(spare_buffer());
    }
    message_ = std::string{};
}

void WebSocket::Impl::take_control(const FrameReader::Piece& piece) {
    piece.append_to(control_);
    if (!piece.last) return;
    switch (static_cast<Opcode>(piece.frame.opcode)) {
        case Opcode::ping:
            if (!close_sent_) put_control(Opcode::pong, control_);
            break;
        case Opcode::pong: ++pongs_; break;
        default: take_close();
    }
    control_ = std::string{};
}

void WebSocket::Impl::take_close() {
    const std::string_view payload = control_;
    auto code = static_cast<std::uint16_t>(CloseCode::no_status);
    if (payload.size() == 1) return fail(CloseCode::protocol_error, "close frame of one byte");
    if (payload.size() >= 2) {
        code = static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
                                          static_cast<unsigned char>(payload[1]));
        if (!may_be_sent(code)) return fail(CloseCode::protocol_error, "close code not allowed");
        if (!base::is_utf8(payload.substr(2))) {
            return fail(CloseCode::invalid_payload, "close reason is not UTF-8");
        }
    }
    peer_code_ = code;
    close_received_ = true;
    close(static_cast<CloseCode>(code), {});
}

WebSocket::WebSocket(Role role, const WebSocketLimits& limits, const std::optional<DeflateParameters>& deflate)
    : impl_(std::make_unique<Impl>(role, limits, deflate)) {}
WebSocket::WebSocket(WebSocket&&) noexcept = default;
WebSocket& WebSocket::operator=(WebSocket&&) noexcept = default;
WebSocket::~WebSocket() = default;

std::size_t WebSocket::feed(std::string_view bytes, Handler& handler) { return impl_->feed(bytes, handler); }
bool WebSocket::has_output() const { return !impl_->out_.empty(); }
void WebSocket::take_output(std::string& out) {
    out += impl_->out_;
    impl_->out_ = std::string{};
}
void WebSocket::close(CloseCode code, std::string_view reason) { impl_->close(code, reason); }
bool WebSocket::compresses(std::size_t length) const {
    return impl_->deflate_ != nullptr && length >= kWorthCompressing;
}
void WebSocket::put_compressed(std::string& out, Opcode opcode, std::string_view message) {
    impl_->put_compressed(out, opcode, message);
}
void WebSocket::ping(std::string_view payload) { impl_->ping(payload); }
bool WebSocket::close_sent() const { return impl_->close_sent_; }
bool WebSocket::close_received() const { return impl_->close_received_; }
std::optional<std::uint16_t> WebSocket::peer_close_code() const { return impl_->peer_code_; }
bool WebSocket::finished() const { return impl_->failed_ || (impl_->close_sent_ && impl_->close_received_); }
bool WebSocket::inside_message() const { return impl_->in_message_ || impl_->reader_.inside_frame(); }
std::size_t WebSocket::kept() const { return impl_->kept(); }
std::uint64_t WebSocket::pongs() const { return impl_->pongs_; }

}  // namespace station::net
