#include <station/log/event_id.hpp>

#include <sys/random.h>

#include <random>

namespace station::log {
namespace {

constexpr unsigned kCounterBits = 26;
constexpr std::uint32_t kCounterEnd = 1U << kCounterBits;
constexpr unsigned kSeedBits = kCounterBits - 1;  // leaves half the range for counting up
constexpr std::uint64_t kVersion = 7;
constexpr std::uint64_t kVariant = 0b10;

std::array<std::byte, EventId::kSize> big_endian(std::uint64_t high, std::uint64_t low) {
    std::array<std::byte, EventId::kSize> bytes;
    for (std::size_t i = 0; i < 8; ++i) {
        bytes[i] = static_cast<std::byte>(high >> (56 - 8 * i));
        bytes[8 + i] = static_cast<std::byte>(low >> (56 - 8 * i));
    }
    return bytes;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr std::size_t kTextSize = 36;

bool is_dash_position(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

std::optional<EventId> EventId::from_text(std::string_view text) {
    if (text.size() != kTextSize) return std::nullopt;
    std::array<std::byte, kSize> bytes{};
    std::size_t nibble = 0;
    for (std::size_t i = 0; i < kTextSize; ++i) {
        if (is_dash_position(i)) {
            if (text[i] != '-') return std::nullopt;
            continue;
        }
        const int digit = hex_digit(text[i]);
        if (digit < 0) return std::nullopt;
        bytes[nibble / 2] |= static_cast<std::byte>(nibble % 2 == 0 ? digit << 4 : digit);
        ++nibble;
    }
    return EventId{bytes};
}

std::string EventId::to_text() const {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text(kTextSize, '-');
    std::size_t at = 0;
    for (const std::byte byte : bytes_) {
        if (is_dash_position(at)) ++at;
        text[at++] = kDigits[std::to_integer<unsigned>(byte >> 4)];
        text[at++] = kDigits[std::to_integer<unsigned>(byte & std::byte{0xF})];
    }
    return text;
}

EventId EventIdGenerator::next(std::int64_t unix_nanos) {
    const auto now = static_cast<std::uint64_t>(unix_nanos < 0 ? 0 : unix_nanos) / 1'000'000;
    if (now > milliseconds_) {
        milliseconds_ = now;
        counter_ = static_cast<std::uint32_t>(random_bits(kSeedBits));
    } else if (++counter_ == kCounterEnd) {
        ++milliseconds_;
        counter_ = static_cast<std::uint32_t>(random_bits(kSeedBits));
    }
    constexpr unsigned kLowBits = 14;
    const std::uint64_t high = milliseconds_ << 16 | kVersion << 12 | counter_ >> kLowBits;
    const std::uint64_t low =
        kVariant << 62 | static_cast<std::uint64_t>(counter_ & ((1U << kLowBits) - 1)) << 48 | random_bits(48);
    return EventId{big_endian(high, low)};
}

void EventIdGenerator::continue_after(const EventId& last) {
    const std::uint64_t high = last.prefix();
    const auto upper = static_cast<std::uint32_t>(high & 0xFFF);
    const auto lower = std::to_integer<std::uint32_t>(last.bytes()[8] & std::byte{0x3F}) << 8 |
                       std::to_integer<std::uint32_t>(last.bytes()[9]);
    const std::uint32_t counter = upper << 14 | lower;
    if (high >> 16 > milliseconds_ || (high >> 16 == milliseconds_ && counter > counter_)) {
        milliseconds_ = high >> 16;
        counter_ = counter;
    }
}

std::uint64_t EventIdGenerator::random_bits(unsigned bits) {
    if (entropy_) return entropy_() >> (64 - bits);
    if (pool_used_ == pool_.size()) {
        const auto wanted = static_cast<ssize_t>(sizeof pool_);
        if (::getrandom(pool_.data(), sizeof pool_, 0) != wanted) {
            std::random_device device;
            for (auto& word : pool_) word = static_cast<std::uint64_t>(device()) << 32 | device();
        }
        pool_used_ = 0;
    }
    return pool_[pool_used_++] >> (64 - bits);
}

}  // namespace station::log
