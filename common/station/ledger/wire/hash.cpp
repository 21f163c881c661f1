#include <blake3.h>

#include <station/ledger/wire/hash.hpp>

#include <algorithm>
#include <new>

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
    [[maybe_unused]] static const bool asked = ask_processor();
    static_assert(sizeof(blake3_hasher) <= sizeof(state_) && alignof(blake3_hasher) <= 8);
    blake3_hasher_init(new (state_.data()) blake3_hasher);
}

Hasher& Hasher::update(Bytes bytes) {
    blake3_hasher_update(std::launder(reinterpret_cast<blake3_hasher*>(state_.data())), bytes.data(), bytes.size());
    return *this;
}

Hash Hasher::finish() const {
    Hash hash;
    blake3_hasher_finalize(std::launder(reinterpret_cast<const blake3_hasher*>(state_.data())),
                           reinterpret_cast<std::uint8_t*>(hash.bytes.data()), hash.bytes.size());
    return hash;
}

Hash blake3(Bytes bytes) { return Hasher{}.update(bytes).finish(); }

}  // namespace station::ledger
