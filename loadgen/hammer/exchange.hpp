// One connection's requests and replies, without the connection: what goes out next, what came in, what is
// still to come. No I/O, so that tests can feed it any bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <loadgen/hammer/in_flight.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace station::hammer {

class Exchange {
  public:
    explicit Exchange(Schedule schedule) : in_flight_(schedule) {}
    virtual ~Exchange() = default;

    // Whether requests may be sent: some protocols begin with a greeting, which outgoing(0, …) and received() exchange.
    virtual bool ready() const { return true; }
    // Why that will never be; empty while it may.
    virtual std::string refusal() const { return {}; }

    // What was begun and is not sent yet, and whole requests after it, `most` at most.
    virtual std::string_view outgoing(std::size_t most, Nanoseconds now) = 0;
    // The first `bytes` of outgoing() went out. Returns how many requests were begun with them.
    virtual std::size_t sent(std::size_t bytes, Nanoseconds now) = 0;
    virtual bool unfinished() const = 0;  // something was begun and is not sent yet
    virtual void received(std::string_view bytes, Nanoseconds now, Slice& slice) = 0;
    // No more replies will come: what is in flight is missing.
    virtual void finish(Slice& slice) = 0;
    // What is to be said last, where the protocol has a word for it.
    virtual std::string goodbye() { return {}; }

    // The highest offset that an acknowledgement has named.
    virtual std::optional<std::uint64_t> last_acknowledged() const { return std::nullopt; }

    std::size_t in_flight() const { return in_flight_.size(); }
    std::uint64_t begun() const { return begun_; }
    const Schedule& schedule() const { return in_flight_.schedule(); }
    // Open loop, after finish(): see InFlight.
    void add_unanswered(std::uint64_t due, Nanoseconds end, metrics::Histogram& latency) const {
        in_flight_.add_unanswered(due, end, latency);
    }

  protected:
    void begin(std::size_t requests, Nanoseconds now) {
        begun_ += requests;
        in_flight_.sent(requests, now);
    }

    InFlight in_flight_;

  private:
    std::uint64_t begun_ = 0;
};

}  // namespace station::hammer
