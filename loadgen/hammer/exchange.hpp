// One connection's requests and replies, without the connection: what goes out next, what came in, what is
// still to come. No I/O, so that tests can feed it any bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <loadgen/hammer/echo_check.hpp>
#include <loadgen/hammer/event_check.hpp>
#include <loadgen/hammer/in_flight.hpp>
#include <loadgen/hammer/requests.hpp>
#include <string_view>
#include <variant>

namespace station::hammer {

class Exchange {
  public:
    // `first` is the line of the ring that this connection begins with.
    Exchange(const Requests& requests, std::uint64_t first, Schedule schedule);

    // The rest of the line that was begun, and whole requests after it, `most` at most.
    std::string_view outgoing(std::size_t most) const;
    // The first `bytes` of outgoing() went out. Returns how many requests were begun with them.
    std::size_t sent(std::size_t bytes, Nanoseconds now);
    void received(std::string_view bytes, Nanoseconds now, Slice& slice);
    // No more replies will come: what is in flight is missing.
    void finish(Slice& slice);

    std::size_t in_flight() const { return in_flight_.size(); }
    std::uint64_t begun() const { return next_ - first_; }
    const Schedule& schedule() const { return in_flight_.schedule(); }
    bool line_unfinished() const { return rest_ > 0; }

  private:
    const Requests* requests_;
    std::uint64_t first_;
    std::uint64_t next_;    // the first request that is not begun
    std::size_t rest_ = 0;  // bytes of the one before it that are not sent yet
    InFlight in_flight_;
    std::variant<EchoCheck, EventCheck> check_;
};

}  // namespace station::hammer
