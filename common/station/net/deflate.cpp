#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <station/net/deflate.hpp>

namespace station::net {
namespace {

constexpr int kMemLevel = 8;
constexpr int kGzip = 16;  // added to the bits of its window; a bare stream has them negative
constexpr std::size_t kStep = std::size_t{16} << 10;

// zlib counts in 32 bits, and takes no const: it only reads.
void give(z_stream& stream, std::string_view& bytes) {
    const auto size = static_cast<uInt>(std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max()));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = size;
    bytes.remove_prefix(size);
}

void check_memory(int result) {
    if (result != Z_OK) throw std::bad_alloc{};  // all other reasons are mistakes in the arguments
}

int zlib_flush(Deflater::Flush flush) {
    return flush == Deflater::Flush::none ? Z_NO_FLUSH : flush == Deflater::Flush::sync ? Z_SYNC_FLUSH : Z_FINISH;
}

}  // namespace

void make_room(std::string& bytes, std::size_t size, std::size_t most) {
    if (size <= bytes.capacity()) return;
    std::string larger;
    larger.reserve(std::min(most, std::max(size, 2 * bytes.capacity())));
    larger += bytes;
    bytes.swap(larger);
}

void Deflater::End::operator()(z_stream_s* stream) const {
    deflateEnd(stream);
    delete stream;
}

Deflater::Deflater(Format format, int level, int window_bits) {
    auto stream = std::make_unique<z_stream>();
    const int bits = format == Format::gzip ? window_bits + kGzip : -window_bits;
    check_memory(deflateInit2(stream.get(), level, Z_DEFLATED, bits, kMemLevel, Z_DEFAULT_STRATEGY));
    stream_.reset(stream.release());
}
Deflater::~Deflater() = default;
Deflater::Deflater(Deflater&&) noexcept = default;
Deflater& Deflater::operator=(Deflater&&) noexcept = default;

void Deflater::reset() { deflateReset(stream_.get()); }

void Deflater::add(std::string_view bytes, Flush flush, std::string& out) {
    std::array<char, kStep> room;
    do {
        give(*stream_, bytes);
        const int how = bytes.empty() ? zlib_flush(flush) : Z_NO_FLUSH;
        do {
            stream_->next_out = reinterpret_cast<Bytef*>(room.data());
            stream_->avail_out = room.size();
            deflate(stream_.get(), how);
            out.append(room.data(), room.size() - stream_->avail_out);
        } while (stream_->avail_out == 0);
    } while (!bytes.empty());
}

// A thread has one for each window that is asked for, which is mostly a single one.
Deflater& shared_deflater(int window_bits) {
    thread_local std::array<std::unique_ptr<Deflater>, kMostWindowBits + 1> shared;
    auto& deflater = shared[static_cast<std::size_t>(window_bits)];
    if (!deflater) {
        deflater = std::make_unique<Deflater>(Deflater::Format::raw, Deflater::kFastest, window_bits);
    } else {
        deflater->reset();
    }
    return *deflater;
}

void Inflater::End::operator()(z_stream_s* stream) const {
    inflateEnd(stream);
    delete stream;
}

Inflater::Inflater(int window_bits) {
    auto stream = std::make_unique<z_stream>();
    check_memory(inflateInit2(stream.get(), -window_bits));
    stream_.reset(stream.release());
}
Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

void Inflater::reset() { inflateReset(stream_.get()); }

// What zlib says of the bits that it has taken and not used, and of the last block's end (zlib.h, inflate()).
bool Inflater::between_blocks() const {
    constexpr int kBlockEnded = 128;
    constexpr int kUnusedBits = 7;
    return (stream_->data_type & kBlockEnded) != 0 && (stream_->data_type & kUnusedBits) == 0;
}

Inflater::Result Inflater::add(std::string_view bytes, std::string& out, std::size_t most) {
    std::array<char, kStep> room;
    give(*stream_, bytes);
    for (;;) {
        // One byte more than may be: where zlib fills it, there is too much.
        const std::size_t step = std::min(room.size(), most - out.size() + 1);
        stream_->next_out = reinterpret_cast<Bytef*>(room.data());
        stream_->avail_out = static_cast<uInt>(step);
        const int result = inflate(stream_.get(), Z_SYNC_FLUSH);
        const std::size_t size = step - stream_->avail_out;
        const bool too_large = size > most - out.size();
        const std::size_t taken = too_large ? size - 1 : size;
        make_room(out, out.size() + taken, most);
        out.append(room.data(), taken);
        if (too_large) return Result::too_large;
        if (result == Z_MEM_ERROR) throw std::bad_alloc{};
        if (result == Z_STREAM_END) {
            inflateResetKeep(stream_.get());
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            return Result::broken;
        }
        if (stream_->avail_in > 0 || (stream_->avail_out == 0 && result != Z_STREAM_END)) continue;
        if (bytes.empty()) return Result::ok;
        give(*stream_, bytes);
    }
}

}  // namespace station::net
