#include <sys/types.h>
#include <wslay/wslay.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <station/net/frame_reader.hpp>
#include <utility>
#include <vector>

namespace station::net {

void apply_mask(char* bytes, std::size_t size, const Mask& mask) {
    std::array<std::uint8_t, 8> twice{};
    for (std::size_t i = 0; i < twice.size(); ++i) twice[i] = mask[i % 4];
    std::uint64_t key = 0;
    std::memcpy(&key, twice.data(), sizeof key);
    std::size_t at = 0;
    for (; at + sizeof key <= size; at += sizeof key) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes + at, sizeof word);
        word ^= key;
        std::memcpy(bytes + at, &word, sizeof word);
    }
    for (; at < size; ++at) bytes[at] = static_cast<char>(static_cast<std::uint8_t>(bytes[at]) ^ mask[at % 4]);
}

void FrameReader::Piece::append_to(std::string& out) const {
    const std::size_t at = out.size();
    out.append(bytes);
    if (unmask_first) apply_mask(out.data() + at, bytes.size(), mask);
}

// One wslay_frame_context. They wait in their thread for the next frame, whoever's it is.
class FrameReader::Wslay {
  public:
    Wslay() {
        const wslay_frame_callbacks callbacks{nullptr, &Wslay::on_recv, nullptr};
        if (wslay_frame_context_init(&context_, &callbacks, this) != 0) throw std::bad_alloc{};
    }
    ~Wslay() { wslay_frame_context_free(context_); }
    Wslay(const Wslay&) = delete;
    Wslay& operator=(const Wslay&) = delete;

    static std::unique_ptr<Wslay> borrow() {
        auto& waiting = pool();
        if (waiting.empty()) return std::make_unique<Wslay>();
        auto taken = std::move(waiting.back());
        waiting.pop_back();
        return taken;
    }
    static void give_back(std::unique_ptr<Wslay> wslay) {
        if (pool().size() < kPool) pool().push_back(std::move(wslay));
    }

    ssize_t read(FrameReader& reader, std::string_view& input, wslay_frame_iocb& frame) {
        reader_ = &reader;
        input_ = &input;
        return wslay_frame_recv(context_, &frame);
    }

  private:
    static constexpr std::size_t kPool = 8;

    static std::vector<std::unique_ptr<Wslay>>& pool() {
        thread_local std::vector<std::unique_ptr<Wslay>> waiting;
        return waiting;
    }
    // 0 makes wslay_frame_recv() return WSLAY_ERR_WANT_READ.
    static ssize_t on_recv(std::uint8_t* to, std::size_t room, int, void* self) {
        const auto* wslay = static_cast<Wslay*>(self);
        return static_cast<ssize_t>(wslay->reader_->give(*wslay->input_, to, room));
    }

    wslay_frame_context_ptr context_ = nullptr;
    FrameReader* reader_ = nullptr;
    std::string_view* input_ = nullptr;
};

FrameReader::FrameReader() = default;
FrameReader::~FrameReader() = default;
FrameReader::FrameReader(FrameReader&&) noexcept = default;
FrameReader& FrameReader::operator=(FrameReader&&) noexcept = default;

std::size_t FrameReader::header_size() const {
    if (header_bytes_ < 2) return 2;
    const std::size_t extended = short_length() == 126 ? 2 : short_length() == 127 ? 8 : 0;
    return 2 + extended + ((header_[1] & 0x80U) != 0 ? 4 : 0);
}

// Never more than belongs to this frame, so that nothing is left inside wslay when it ends. The length's first seven
// bits are never more than the length.
std::size_t FrameReader::wanted() const {
    if (header_bytes_ < header_size()) return header_size() - header_bytes_;
    return in_payload_ ? static_cast<std::size_t>(left_) : short_length();
}

std::size_t FrameReader::give(std::string_view& input, std::uint8_t* to, std::size_t room) {
    const bool header = header_bytes_ < header_size();
    const std::size_t size = std::min({room, wanted(), input.size()});
    std::memcpy(to, input.data(), size);
    if (header) {
        std::memcpy(header_.data() + header_bytes_, input.data(), size);
        header_bytes_ = static_cast<std::uint8_t>(header_bytes_ + size);
    }
    input.remove_prefix(size);
    return size;
}

FrameReader::Result FrameReader::next(std::string_view& input, Piece& piece) {
    if (input.empty()) return Result::need_more;
    if (passing_by_) return pass_by(input, piece);
    if (!wslay_) wslay_ = Wslay::borrow();
    return ask_wslay(input, piece);
}

FrameReader::Result FrameReader::ask_wslay(std::string_view& input, Piece& piece) {
    wslay_frame_iocb frame{};
    for (;;) {
        const std::size_t before = input.size();
        const ssize_t size = wslay_->read(*this, input, frame);
        if (size >= 0) break;
        if (size != WSLAY_ERR_WANT_READ || (input.size() == before && before > 0)) {
            wslay_.reset();
            return Result::broken;
        }
        if (input.empty()) return Result::need_more;
    }
    frame_.first = !in_payload_;
    if (frame_.first) {
        in_payload_ = true;
        left_ = frame.payload_length;
        frame_.fin = frame.fin != 0;
        frame_.reserved_bits = frame.rsv;
        frame_.opcode = frame.opcode;
        frame_.masked = frame.mask != 0;
        frame_.length = frame.payload_length;
    }
    frame_.bytes = {reinterpret_cast<const char*>(frame.data), frame.data_length};
    left_ -= frame.data_length;
    frame_.last = left_ == 0;
    piece = frame_;
    if (frame_.last) {
        header_bytes_ = 0;
        in_payload_ = false;
    } else if (short_length() > 125) {
        passing_by_ = true;
        const std::size_t mask_at = header_size() - 4;
        for (std::size_t i = 0; i < 4; ++i) frame_.mask[i] = header_[mask_at + (frame.data_length + i) % 4];
    }
    return Result::piece;
}

FrameReader::Result FrameReader::pass_by(std::string_view& input, Piece& piece) {
    wslay_.reset();  // it still waits for this payload, which it will never see
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    piece = frame_;
    piece.first = false;
    piece.bytes = input.substr(0, size);
    piece.unmask_first = frame_.masked;
    input.remove_prefix(size);
    left_ -= size;
    piece.last = left_ == 0;
    std::rotate(frame_.mask.begin(), frame_.mask.begin() + size % 4, frame_.mask.end());
    if (piece.last) {
        header_bytes_ = 0;
        in_payload_ = passing_by_ = false;
    }
    return Result::piece;
}

void FrameReader::rest() {
    if (passing_by_) wslay_.reset();
    if (wslay_ && header_bytes_ == 0) Wslay::give_back(std::move(wslay_));
}

}  // namespace station::net
