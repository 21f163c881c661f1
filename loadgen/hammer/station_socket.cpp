#include <loadgen/hammer/station_socket.hpp>

#include <loadgen/hammer/text.hpp>
#include <nlohmann/json.hpp>
#include <utility>

namespace station::hammer {
namespace {

constexpr std::string_view kBatches = "station.batch.v1";
constexpr std::size_t kLongestHead = 16384;
// RFC 6455's own sample: the nonce guards against caches, of which there are none between the hammer and its target.
constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";

std::span<const std::byte> as_bytes(std::string_view text) {
    return std::as_bytes(std::span{text.data(), text.size()});
}

}  // namespace

StationSocket::StationSocket(const net::Endpoint& server, const std::string& token, std::string question,
                             std::uint32_t seed)
    : question_(std::move(question)), mask_(seed * 2654435769U + 1) {
    out_ = "GET /ws HTTP/1.1\r\nHost: " + net::to_string(server) +
           "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
           std::string{kKey} + "\r\nSec-WebSocket-Protocol: " + std::string{kBatches} + "\r\n";
    if (!token.empty()) out_ += "Authorization: Bearer " + token + "\r\n";
    out_ += "\r\n";
}

void StationSocket::sent(std::size_t bytes) {
    sent_ += bytes;
    if (sent_ < out_.size()) return;
    out_.clear();
    sent_ = 0;
}

void StationSocket::received(std::string_view bytes, Frames& frames) {
    frames_ = &frames;
    if (stage_ == Stage::upgrading) bytes.remove_prefix(take_head(bytes));
    if (stage_ != Stage::upgrading && !bytes.empty()) socket_.feed(bytes, *this);
    socket_.take_output(out_);
}

// Returns how many bytes belong to the head.
std::size_t StationSocket::take_head(std::string_view bytes) {
    const std::size_t before = head_.size();
    head_ += bytes;
    const std::size_t end = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
    if (end == std::string::npos) {
        if (!std::string_view{"HTTP/"}.starts_with(std::string_view{head_}.substr(0, 5))) {
            problem_ = "the server does not speak HTTP: " + shown(head_);
        }
        if (head_.size() > kLongestHead) problem_ = "no end of the answer to the upgrade";
        return bytes.size();
    }
    const std::string_view head = std::string_view{head_}.substr(0, end);
    if (!head.starts_with("HTTP/1.1 101 ") || head.find(*net::WebSocket::accept_key(kKey)) == std::string_view::npos) {
        problem_ = "the upgrade to a WebSocket was refused: " + shown(head.substr(0, head.find('\r')));
    } else if (head.find(kBatches) == std::string_view::npos) {
        problem_ = "the server does not speak " + std::string{kBatches};
    }
    if (!problem_.empty()) return bytes.size();
    stage_ = question_.empty() ? Stage::ready : Stage::asking;
    if (!question_.empty()) net::WebSocket::put_masked(out_, net::Opcode::text, as_bytes(question_), mask_);
    const std::size_t taken = end + 4 - before;
    head_ = {};
    return taken;
}

void StationSocket::take_answer(std::string_view text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    const auto number = [&](const char* name) {
        const auto found = json.find(name);
        return found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
    };
    if (!json.is_object() || json.value("type", nlohmann::json{}) == "error" || number("stream") == 0) {
        problem_ = "the topic was refused: " + shown(text);
        return;
    }
    stream_ = number("stream");
    from_offset_ = number("from_offset");
    stage_ = Stage::ready;
}

void StationSocket::on_text(std::string_view text) {
    if (stage_ == Stage::asking) return take_answer(text);
    frames_->on_other(text);
}

void StationSocket::on_binary(std::span<const std::byte> bytes) {
    wire::Frame frame;
    while (!bytes.empty()) {
        if (stage_ != Stage::ready || !wire::take_frame(bytes, frame)) {
            return frames_->on_other({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
        }
        frames_->on_frame(frame);
    }
}

void StationSocket::put(std::span<const std::byte> frames) {
    mask_ = mask_ * 1664525U + 1013904223U;
    net::WebSocket::put_masked(out_, net::Opcode::binary, frames, mask_);
}

void StationSocket::close() {
    socket_.close(net::CloseCode::normal);
    socket_.take_output(out_);
}

std::string open_question(const std::string& topic) { return R"({"type":"open","topic":")" + topic + "\"}"; }

std::string subscribe_question(const std::string& topic) {
    return R"({"type":"subscribe","topic":")" + topic + R"(","from":"now"})";
}

}  // namespace station::hammer
