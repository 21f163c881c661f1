// The station: binary frames over WebSocket (docs/protocol.md). All frames that may go at once go in one message, as
// the subprotocol station.batch.v1 allows.
#include <optional>
#include <station/wire/frame.hpp>
#include <stdexcept>

#include "protocol.hpp"

namespace station::peers {
namespace {

constexpr std::size_t kLargestMessage = std::size_t{256} << 10;
constexpr std::string_view kMask{"\x5a\x17\xc3\x9e", 4};

enum class Opcode : unsigned char { text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct Message {
    Opcode opcode = Opcode::text;
    std::string_view payload;
};

std::string length_bytes(std::size_t length, unsigned count) {
    std::string bytes;
    for (unsigned i = count; i-- > 0;) bytes.push_back(static_cast<char>(length >> (8 * i)));
    return bytes;
}

// One masked, final frame: a client's message.
void put_message(Buffer& out, Opcode opcode, std::string_view payload) {
    constexpr unsigned char kMasked = 0x80;
    const std::size_t size = payload.size();
    const unsigned char length = size < 126 ? static_cast<unsigned char>(size) : size < 65536 ? 126 : 127;
    std::string head{static_cast<char>(0x80 | static_cast<unsigned char>(opcode)), static_cast<char>(kMasked | length)};
    if (length == 126) head += length_bytes(size, 2);
    if (length == 127) head += length_bytes(size, 8);
    head += kMask;
    out.put(head);
    out.put(payload);
    const std::span<char> masked = out.back(size);
    std::uint64_t mask = 0;
    std::memcpy(&mask, kMask.data(), 4);
    mask |= mask << 32;
    std::size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, masked.data() + i, 8);
        word ^= mask;
        std::memcpy(masked.data() + i, &word, 8);
    }
    for (; i < size; ++i) masked[i] = static_cast<char>(masked[i] ^ kMask[i % 4]);
}

// False where it is not whole yet.
bool take_message(std::string_view& bytes, Message& message) {
    if (bytes.size() < 2) return false;
    const auto byte = [&bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    if ((byte(0) & 0x80) == 0) throw std::runtime_error{"a fragmented message"};
    std::size_t length = byte(1);
    const std::size_t length_size = length == 126 ? 2 : length == 127 ? 8 : 0;
    const std::size_t head = 2 + length_size;
    if (bytes.size() < head) return false;
    if (length_size > 0) length = 0;
    for (std::size_t i = 2; i < head; ++i) length = length << 8 | byte(i);
    if (bytes.size() - head < length) return false;
    message = {static_cast<Opcode>(byte(0) & 0x0f), bytes.substr(head, length)};
    bytes.remove_prefix(head + length);
    return true;
}

class WebSocket final : public Protocol {
  public:
    explicit WebSocket(const ProtocolOptions& options)
        : role_{options.role}, stream_{options.stream}, topics_{options.topics} {}

    void greet(const Socket& socket) override {
        socket.send_all(
            "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Protocol: station.batch.v1\r\n\r\n");
        const std::string answer = socket.receive_until("\r\n\r\n");
        if (!answer.starts_with("HTTP/1.1 101")) throw std::runtime_error{"no upgrade: " + answer};
    }

    void publish(std::string_view payload, Buffer& out) override {
        if (group_.size() + wire::kFrameHeader + payload.size() > kLargestMessage) end_group(out);
        wire::put_frame_header(group_, wire::FrameType::publish, stream_ + published_++ % topics_, 0, payload.size());
        group_ += payload;
    }

    void end_group(Buffer& out) override {
        if (group_.empty()) return;
        put_message(out, Opcode::binary, group_);
        group_.clear();
    }

    void subscribe(Buffer& out) override {
        const std::uint64_t from = role_ == Role::replayer ? 0 : wire::kFromNow;
        wire::put_frame_header(group_, wire::FrameType::subscribe, stream_, from, 0);
        end_group(out);
    }

    void take(Buffer& in, Buffer& out, Sink& sink) override {
        std::string_view bytes = in.view();
        Message message;
        while (take_message(bytes, message)) {
            switch (message.opcode) {
                case Opcode::binary: take_frames(message.payload, sink); break;
                case Opcode::ping: put_message(out, Opcode::pong, message.payload); break;
                case Opcode::close: throw std::runtime_error{"the server closed the WebSocket"};
                case Opcode::text: sink.refused(message.payload); break;
                case Opcode::pong: break;
            }
        }
        in.drop(in.size() - bytes.size());
    }

  private:
    void take_frames(std::string_view payload, Sink& sink) {
        std::span<const std::byte> bytes = std::as_bytes(std::span{payload});
        wire::Frame frame;
        while (wire::take_frame(bytes, frame)) {
            const std::string_view text{reinterpret_cast<const char*>(frame.payload.data()), frame.payload.size()};
            if (frame.type == wire::FrameType::ack) sink.acknowledged();
            if (frame.type == wire::FrameType::message) {
                expect(frame.offset);
                sink.message(text);
            }
            if (frame.type == wire::FrameType::error) sink.refused(text);
        }
        if (!bytes.empty()) throw std::runtime_error{"half a frame in a message"};
    }

    // The first event may have any offset, and each further one the next.
    void expect(std::uint64_t offset) {
        if (next_offset_ && offset != *next_offset_) {
            throw std::runtime_error{"event " + std::to_string(offset) + " came where " +
                                     std::to_string(*next_offset_) + " was due"};
        }
        next_offset_ = offset + 1;
    }

    Role role_;
    std::uint64_t stream_;
    std::uint64_t topics_;
    std::uint64_t published_ = 0;
    std::optional<std::uint64_t> next_offset_;
    std::string group_;
};

}  // namespace

std::unique_ptr<Protocol> make_websocket(const ProtocolOptions& options) {
    return std::make_unique<WebSocket>(options);
}

}  // namespace station::peers
