#include <loadgen/hammer/line_exchange.hpp>

#include <algorithm>
#include <loadgen/hammer/text.hpp>

namespace station::hammer {
namespace {

constexpr std::string_view kTaken = "{\"type\":\"authorized\"}\n";

std::variant<EchoCheck, EventCheck> make_check(const Requests& requests, std::uint64_t first) {
    if (requests.mix() == Mix::echo) return EchoCheck{requests, first};
    return EventCheck{requests, first};
}

}  // namespace

LineExchange::LineExchange(const Requests& requests, std::uint64_t first, Schedule schedule, const std::string& token)
    : Exchange(schedule), requests_(&requests), next_(first), check_(make_check(requests, first)) {
    if (!token.empty()) greeting_ = Greeting{R"({"type":"auth","token":")" + token + "\"}\n", {}};
}

void LineExchange::take_answer(std::string_view bytes) {
    std::string& answer = greeting_->answer;
    answer += bytes;
    if (answer.size() < kTaken.size() && kTaken.starts_with(answer)) return;
    if (answer != kTaken) {
        refusal_ = "the token was not taken: " + shown(answer.substr(0, answer.find('\n')));
        return;
    }
    greeting_.reset();
}

std::string_view LineExchange::outgoing(std::size_t most, Nanoseconds) {
    if (greeting_) return greeting_->unsent;
    most = std::min(most, requests_->most_at_once());
    if (rest_ == 0) return requests_->batch(next_, most);
    const std::string_view with_begun = requests_->batch(next_ - 1, most + 1);
    return with_begun.substr(requests_->line(next_ - 1).size() - rest_);
}

std::size_t LineExchange::sent(std::size_t bytes, Nanoseconds now) {
    if (greeting_) {
        greeting_->unsent.erase(0, bytes);
        return 0;
    }
    if (bytes < rest_) {
        rest_ -= bytes;
        return 0;
    }
    bytes -= rest_;
    const std::size_t begun = requests_->lines_begun(next_, bytes);
    rest_ = requests_->batch(next_, begun).size() - bytes;
    next_ += begun;
    begin(begun, now);
    return begun;
}

void LineExchange::received(std::string_view bytes, Nanoseconds now, Slice& slice) {
    if (greeting_) return take_answer(bytes);
    std::visit([&](auto& check) { check.take(bytes, now, in_flight_, slice); }, check_);
}

void LineExchange::finish(Slice& slice) {
    std::visit([&](auto& check) { check.finish(in_flight_, slice); }, check_);
}

}  // namespace station::hammer
