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
    // A token that is not empty is shown first, and nothing is requested before it is taken.
    LineExchange(const Requests& requests, std::uint64_t first, Schedule schedule, const std::string& token = {});

    bool ready() const override { return !greeting_; }
    std::string refusal() const override { return refusal_; }
    std::string_view outgoing(std::size_t most, Nanoseconds now) override;
    std::size_t sent(std::size_t bytes, Nanoseconds now) override;
    bool unfinished() const override { return rest_ > 0 || (greeting_ && !greeting_->unsent.empty()); }
    void received(std::string_view bytes, Nanoseconds now, Slice& slice) override;
    void finish(Slice& slice) override;

  private:
    struct Greeting {
        std::string unsent;
        std::string answer;  // as far as it is here
    };
    void take_answer(std::string_view bytes);

    const Requests* requests_;
    std::uint64_t next_;    // the first request that is not begun
    std::size_t rest_ = 0;  // bytes of the one before it that are not sent yet
    std::variant<EchoCheck, EventCheck> check_;
    std::optional<Greeting> greeting_;
    std::string refusal_;
};

}  // namespace station::hammer
