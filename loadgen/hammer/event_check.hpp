// Checks the replies of a server from step 3 on: each line is one of the contract's replies, and one that its
// request can get. Which event was answered can't be told, so the order is seen only where reads are among
// them.
#pragma once

#include <cstddef>
#include <loadgen/hammer/in_flight.hpp>
#include <loadgen/hammer/requests.hpp>
#include <string>
#include <string_view>

namespace station::hammer {

class EventCheck {
  public:
    EventCheck(const Requests& requests, std::uint64_t first) : requests_(&requests), expected_(first) {}

    void take(std::string_view bytes, Nanoseconds now, InFlight& in_flight, Slice& slice);
    // No more replies will come.
    void finish(InFlight& in_flight, Slice& slice);

  private:
    std::size_t take_accepted(std::string_view bytes, Nanoseconds now, InFlight& in_flight, Slice& slice);
    void take_line(std::string_view line, Nanoseconds now, InFlight& in_flight, Slice& slice);

    const Requests* requests_;
    std::uint64_t expected_;  // the request that the next reply belongs to
    std::string partial_;
};

}  // namespace station::hammer
