// The payloads of events that are published: 16 hexadecimal digits that say when the event was sent or due, in ns of
// the machine's monotonic clock, then random printable text. So whoever reads it on this machine knows how long it
// took. Shorter ones than the digits carry no time.
//
// Immutable once built; any thread may read.
#pragma once

#include <cstdint>
#include <loadgen/hammer/plan.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace station::hammer {

inline constexpr std::size_t kStampBytes = 16;

class Payloads {
  public:
    explicit Payloads(const Plan& plan);

    std::size_t size() const { return size_; }
    void append(std::string& out, std::uint64_t number, Nanoseconds stamp) const;

  private:
    std::size_t size_;
    std::string text_;  // any `size_` bytes of it are a payload's
};

// When the payload was sent; nullopt where it says nothing of that kind.
std::optional<Nanoseconds> stamp_of(std::string_view payload);

}  // namespace station::hammer
