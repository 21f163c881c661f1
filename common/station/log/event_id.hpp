// Event ids: UUIDv7 as RFC 9562 has it (section 5.7), so that sorting by id is sorting by time of appending.
//
//   unix_ts_ms  48 bits    milliseconds since 1970
//   ver          4 bits    7
//   counter     12 bits    its upper part ...
//   var          2 bits    0b10
//   counter     14 bits    ... and its lower part (section 6.2, method 1: a counter of fixed length)
//   random      48 bits    from the kernel
//
// The counter starts at a random number below 2^25 in each new millisecond and counts up within it. Where the clock
// stands still or goes back, the last millisecond is kept; where the counter runs over, the next one is taken early.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <station/log/bytes.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace station::log {

class EventId {
  public:
    static constexpr std::size_t kSize = 16;

    constexpr EventId() = default;  // the nil UUID, smaller than every id
    explicit constexpr EventId(const std::array<std::byte, kSize>& bytes) : bytes_(bytes) {}

    // The usual 36 characters, in either case; nullopt for anything else. Any UUID is taken, whatever its version.
    static std::optional<EventId> from_text(std::string_view text);
    std::string to_text() const;  // lower case

    const std::array<std::byte, kSize>& bytes() const { return bytes_; }
    // The first 8 bytes as a number: sorts as ids do, down to the first 12 bits of the counter.
    std::uint64_t prefix() const { return load_big(bytes_.data()); }
    std::int64_t milliseconds() const { return static_cast<std::int64_t>(prefix() >> 16); }

    // Byte by byte, as text sorts, too. Every record of a scan is compared: as two numbers that is three times as fast
    // as memcmp, which waits for bytes that were just stored.
    friend std::strong_ordering operator<=>(const EventId& a, const EventId& b) {
        const auto first = a.prefix() <=> b.prefix();
        return first != 0 ? first : load_big(a.bytes_.data() + 8) <=> load_big(b.bytes_.data() + 8);
    }
    friend bool operator==(const EventId& a, const EventId& b) = default;

  private:
    std::array<std::byte, kSize> bytes_{};
};

// Makes ids that are strictly greater than all it made before, and than the one it was told to continue from.
// Not thread-safe: a topic's writer owns one.
class EventIdGenerator {
  public:
    // `entropy` gives 64 random bits at a time; empty: the kernel's.
    explicit EventIdGenerator(std::function<std::uint64_t()> entropy = {}) : entropy_(std::move(entropy)) {}

    EventId next(std::int64_t unix_nanos);

    // All further ids are greater than `last`.
    void continue_after(const EventId& last);

  private:
    std::uint64_t random_bits(unsigned bits);

    std::function<std::uint64_t()> entropy_;
    std::uint64_t milliseconds_ = 0;
    std::uint32_t counter_ = 0;
    std::array<std::uint64_t, 512> pool_;
    std::size_t pool_used_ = 512;
};

}  // namespace station::log
