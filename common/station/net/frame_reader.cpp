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
    if (masked) apply_mask(out.data() + at, bytes.size(), mask);
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

// Where the mask begins, if there is one.
std::size_t FrameReader::length_end() const { return short_length() == 126 ? 4 : short_length() == 127 ? 10 : 2; }

bool FrameReader::collect_header(std::string_view& input) {
    for (;;) {
        const std::size_t size = collected_ < 2 ? 2 : length_end() + (masked() ? 4 : 0);
        if (collected_ == size) return true;
        if (input.empty()) return false;
        const std::size_t taken = std::min(size - collected_, input.size());
        std::memcpy(header_.data() + collected_, input.data(), taken);
        collected_ = static_cast<std::uint8_t>(collected_ + taken);
        input.remove_prefix(taken);
    }
}

// Never more than belongs to this frame, so that nothing is left inside wslay when it ends. Of the payload's length the
// first seven bits are known before wslay has told it, and they are never more than the length.
std::size_t FrameReader::give(std::string_view& input, std::uint8_t* to, std::size_t room) {
    if (shown_ < length_end()) {
        const std::size_t size = std::min(room, length_end() - shown_);
        for (std::size_t i = 0; i < size; ++i, ++shown_) to[i] = shown_ == 1 ? header_[1] & 0x7FU : header_[shown_];
        return size;
    }
    const std::uint64_t wanted = in_payload_ ? left_ : short_length();
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>({room, wanted, input.size()}));
    std::memcpy(to, input.data(), size);
    input.remove_prefix(size);
    return size;
}

FrameReader::Result FrameReader::next(std::string_view& input, Piece& piece) {
    if (!collect_header(input)) return Result::need_more;
    if (!wslay_) wslay_ = Wslay::borrow();
    wslay_frame_iocb frame{};
    const ssize_t size = wslay_->read(*this, input, frame);
    if (size == WSLAY_ERR_WANT_READ && input.empty()) return Result::need_more;
    if (size < 0) {
        wslay_.reset();
        return Result::broken;
    }
    frame_.first = !in_payload_;
    if (frame_.first) {
        frame_.fin = frame.fin != 0;
        frame_.reserved_bits = frame.rsv;
        frame_.opcode = frame.opcode;
        begin_frame(frame.payload_length);
    }
    for (std::size_t i = 0; i < 4; ++i) frame_.mask[i] = header_[length_end() + (frame_.length - left_ + i) % 4];
    frame_.bytes = {reinterpret_cast<const char*>(frame.data), frame.data_length};
    left_ -= frame.data_length;
    frame_.last = left_ == 0;
    piece = frame_;
    if (frame_.last) {
        collected_ = shown_ = 0;
        in_payload_ = false;
    }
    return Result::piece;
}

void FrameReader::begin_frame(std::uint64_t length) {
    in_payload_ = true;
    frame_.masked = masked();
    frame_.length = left_ = length;
}

void FrameReader::rest() {
    if (wslay_ && shown_ == 0) Wslay::give_back(std::move(wslay_));
}

}  // namespace station::net
