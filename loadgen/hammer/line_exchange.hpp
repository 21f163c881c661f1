// Requests and replies that are lines: echoes, or events and what the steps say to them.
#pragma once

#include <loadgen/hammer/echo_check.hpp>
#include <loadgen/hammer/event_check.hpp>
#include <loadgen/hammer/exchange.hpp>
#include <loadgen/hammer/requests.hpp>
#include <variant>

namespace station::hammer {

class LineExchange final : public Exchange {
  public:
    // `first` is the line of the ring that this connection begins with.
    LineExchange(const Requests& requests, std::uint64_t first, Schedule schedule);

    std::string_view outgoing(std::size_t most, Nanoseconds now) override;
    std::size_t sent(std::size_t bytes, Nanoseconds now) override;
    bool unfinished() const override { return rest_ > 0; }
    void received(std::string_view bytes, Nanoseconds now, Slice& slice) override;
    void finish(Slice& slice) override;

  private:
    const Requests* requests_;
    std::uint64_t next_;    // the first request that is not begun
    std::size_t rest_ = 0;  // bytes of the one before it that are not sent yet
    std::variant<EchoCheck, EventCheck> check_;
};

}  // namespace station::hammer
