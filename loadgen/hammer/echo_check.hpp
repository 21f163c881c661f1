// Checks an echo: the replies must be the bytes that were sent, in order. As long as they are, a whole read
// is one memcmp. Where they are not, lines are compared one by one, and the next line decides what went
// wrong: a changed reply, two in the wrong order, one that was left out, or one too many.
#pragma once

#include <cstddef>
#include <loadgen/hammer/in_flight.hpp>
#include <loadgen/hammer/requests.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace station::hammer {

class EchoCheck {
  public:
    EchoCheck(const Requests& requests, std::uint64_t first) : requests_(&requests), expected_(first) {}

    void take(std::string_view bytes, Nanoseconds now, InFlight& in_flight, Slice& slice);
    // No more replies will come.
    void finish(InFlight& in_flight, Slice& slice);

  private:
    std::size_t take_equal(std::string_view bytes, Nanoseconds now, InFlight& in_flight, Slice& slice);
    void take_line(std::string_view line, Nanoseconds now, InFlight& in_flight, Slice& slice);
    bool explains_suspect(std::string_view line, Nanoseconds now, InFlight& in_flight, Slice& slice);
    static void take_after_gap(std::size_t ahead, InFlight& in_flight, Slice& slice);
    std::optional<std::size_t> find_ahead(std::string_view line, std::size_t most) const;

    const Requests* requests_;
    std::uint64_t expected_;   // the request that the next reply belongs to
    std::size_t matched_ = 0;  // bytes of that reply that came and are right
    std::string partial_;      // of a line that is looked at on its own
    // The line before this one, where it was not the reply to request expected_ - 1. It is counted when the
    // next line has told what it is.
    std::optional<std::string> suspect_;
};

}  // namespace station::hammer
