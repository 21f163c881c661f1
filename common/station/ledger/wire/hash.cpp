#include <blake3.h>

#include <station/ledger/wire/hash.hpp>

#include <algorithm>
#include <new>
#include <utility>

// The library's own: what a hash is made of. It declares this in no header that C++ could read.
extern "C" void blake3_compress_in_place(std::uint32_t words[8], const std::uint8_t block[BLAKE3_BLOCK_LEN],
                                         std::uint8_t size, std::uint64_t counter, std::uint8_t flags);

namespace station::ledger {
namespace {

std::optional<unsigned> digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

// At its first use the library asks what the processor can do, and writes it down for all threads without a lock.
bool ask_processor() {
    blake3_hasher hasher;
    blake3_hasher_init(&hasher);
    std::array<std::uint8_t, Hash::kSize> ignored;
    blake3_hasher_finalize(&hasher, ignored.data(), ignored.size());
    return true;
}

void know_processor() { [[maybe_unused]] static const bool asked = ask_processor(); }

const std::uint8_t* octets(const std::byte* bytes) { return reinterpret_cast<const std::uint8_t*>(bytes); }

// What fits one chunk is hashed by a row of compressions, and nothing of the tree that the library is made for: a sixth
// faster where it is a few hundred bytes. Section 2.4 of the paper (https://github.com/BLAKE3-team/BLAKE3-specs).
Hash hash_of_chunk(Bytes bytes) {
    constexpr std::size_t kBlock = BLAKE3_BLOCK_LEN;
    constexpr std::uint8_t kChunkStart = 1;
    constexpr std::uint8_t kChunkEnd = 2;
    constexpr std::uint8_t kRoot = 8;
    std::array<std::uint32_t, 8> words{0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                                       0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
    std::uint8_t flags = kChunkStart;
    for (; bytes.size() > kBlock; bytes = bytes.subspan(kBlock), flags = 0) {
        blake3_compress_in_place(words.data(), octets(bytes.data()), kBlock, 0, flags);
    }
    std::array<std::byte, kBlock> last{};
    std::copy(bytes.begin(), bytes.end(), last.begin());
    blake3_compress_in_place(words.data(), octets(last.data()), static_cast<std::uint8_t>(bytes.size()), 0,
                             static_cast<std::uint8_t>(flags | kChunkEnd | kRoot));
    Hash hash;
    for (std::size_t i = 0; i < words.size(); ++i) log::store_little(hash.bytes.data() + 4 * i, words[i]);
    return hash;
}

}  // namespace

std::string to_hex(Bytes bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::byte byte : bytes) {
        text.push_back(kDigits[std::to_integer<unsigned>(byte) >> 4]);
        text.push_back(kDigits[std::to_integer<unsigned>(byte) & 15]);
    }
    return text;
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const auto high = digit(text[i]);
        const auto low = digit(text[i + 1]);
        if (!high || !low) return std::nullopt;
        bytes.push_back(static_cast<char>(*high * 16 + *low));
    }
    return bytes;
}

std::optional<Hash> Hash::from_hex(std::string_view text) {
    if (text.size() != 2 * kSize) return std::nullopt;
    const auto bytes = ledger::from_hex(text);
    if (!bytes) return std::nullopt;
    return from_bytes(log::as_bytes(*bytes));
}

Hash Hash::from_bytes(Bytes bytes) {
    Hash hash;
    std::copy_n(bytes.begin(), kSize, hash.bytes.begin());
    return hash;
}

std::string Hash::to_hex() const { return ledger::to_hex(bytes); }

Hasher::Hasher() {
    static_assert(sizeof(blake3_hasher) <= sizeof(long_) && alignof(blake3_hasher) <= 8);
    static_assert(kChunk == BLAKE3_CHUNK_LEN);
    know_processor();
}

Hasher& Hasher::update(Bytes bytes) {
    if (!is_long_ && bytes.size() <= kChunk - size_) {
        std::copy(bytes.begin(), bytes.end(), chunk_.begin() + static_cast<std::ptrdiff_t>(size_));
        size_ += bytes.size();
        return *this;
    }
    if (!std::exchange(is_long_, true)) {
        auto* const hasher = new (long_.data()) blake3_hasher;
        blake3_hasher_init(hasher);
        blake3_hasher_update(hasher, chunk_.data(), size_);
    }
    auto* const hasher = std::launder(reinterpret_cast<blake3_hasher*>(long_.data()));
    blake3_hasher_update(hasher, bytes.data(), bytes.size());
    return *this;
}

Hash Hasher::finish() const {
    if (!is_long_) return hash_of_chunk(Bytes{chunk_}.first(size_));
    Hash hash;
    blake3_hasher_finalize(std::launder(reinterpret_cast<const blake3_hasher*>(long_.data())),
                           reinterpret_cast<std::uint8_t*>(hash.bytes.data()), hash.bytes.size());
    return hash;
}

Hash blake3(Bytes bytes) {
    know_processor();
    if (bytes.size() <= BLAKE3_CHUNK_LEN) return hash_of_chunk(bytes);
    return Hasher{}.update(bytes).finish();
}

}  // namespace station::ledger
