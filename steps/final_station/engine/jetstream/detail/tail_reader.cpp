#include "tail_reader.hpp"

#include <algorithm>
#include <station/base/numbers.hpp>
#include <utility>

#include "api.hpp"
#include "native_message.hpp"

namespace station::jetstream {
namespace {

constexpr std::chrono::milliseconds kAnswerWithin{1000};
constexpr std::chrono::milliseconds kLongestTailPause{200};
constexpr std::chrono::milliseconds kFirstTailPause{10};
constexpr std::chrono::seconds kBelievedAfter{5};
constexpr std::size_t kAtOnce = 256;

}  // namespace

TailReader::TailReader(const Connection& connection, std::string_view topic, std::string inbox)
    : connection_(connection), stream_(stream_of(connection.config().prefix, topic)), inbox_(std::move(inbox)) {}

void TailReader::begin(std::uint64_t after, Depth depth, Clock::time_point now, std::chrono::milliseconds pause) {
    after_ = after;
    depth_ = depth;
    is_reading_ = true;
    is_behind_ = false;
    is_asked_ = false;
    deadline_ = now + pause;
    tick(now);
}

void TailReader::again(Clock::time_point now) {
    if (is_reading_) ask(now);
}

std::string TailReader::reply(const char* what) const { return inbox_ + "." + what + "." + std::to_string(round_); }

void TailReader::ask(Clock::time_point now) {
    ++round_;
    tail_ = {};
    got_.clear();
    expected_ = 0;
    is_whole_ = false;
    is_asked_ = true;
    deadline_ = now + kAnswerWithin;
    if (send(connection_, "$JS.API.STREAM.INFO." + stream_, reply("state"), "")) fail(now);
}

// Asks again in a while.
void TailReader::fail(Clock::time_point now) {
    ++round_;
    is_asked_ = false;
    deadline_ = now + std::min(kFirstTailPause * (1U << std::min(failures_++, 8U)), kLongestTailPause);
}

void TailReader::tick(Clock::time_point now) {
    if (!is_reading_ || now < deadline_) return;
    if (is_asked_) {
        fail(now);
    } else {
        ask(now);
    }
}

void TailReader::took_state(std::string_view body, Clock::time_point now) {
    const auto state = parse_stream(body, stream_);
    if (!state) return fail(now);
    if (state->last < after_) {
        if (!std::exchange(is_behind_, true)) behind_since_ = now;
        if (now - behind_since_ < kBelievedAfter) return fail(now);
        connection_.say(log::Severity::error, stream_ + ": JetStream has lost events that it had acknowledged: " +
                                                  std::to_string(state->last + 1) + " up to " + std::to_string(after_));
    }
    tail_.last = state->last;
    next_ = depth_ == Depth::all ? after_ + 1 : std::max(state->last, after_ + 1);
    next_ = std::max(next_, state->first);
    ask_for_more(now);
}

void TailReader::ask_for_more(Clock::time_point now) {
    const std::string subject = "$JS.API.STREAM.MSG.GET." + stream_;
    deadline_ = now + kAnswerWithin;
    for (std::size_t i = 0; i < kAtOnce && next_ <= tail_.last; ++i, ++next_) {
        ++expected_;
        const std::string sequence = std::to_string(next_);
        if (send(connection_, subject, reply("event") + "." + sequence, R"({"seq":)" + sequence + "}")) {
            return fail(now);
        }
    }
    is_whole_ = expected_ == 0;
}

std::optional<TailReader::Tail> TailReader::arrived(std::string_view token, std::string_view body,
                                                    Clock::time_point now) {
    const std::string_view what = next_token(token);
    const auto round = base::parse_number<std::uint64_t>(next_token(token));
    if (!is_reading_ || round != round_) return std::nullopt;
    if (what == "state") {
        took_state(body, now);
    } else {
        const auto sequence = base::parse_number<std::uint64_t>(token);
        const auto message = parse_message(body);
        if (!message || !sequence) {
            fail(now);
            return std::nullopt;
        }
        Event event{*sequence, {}, {}};
        if (*message) {
            const Decoded decoded = decode(parse_block((*message)->block), *sequence, (*message)->time);
            event.id = decoded.id;
            event.writer = decoded.writer;
        }
        got_.emplace(*sequence, event);
        --expected_;
        if (expected_ == 0) ask_for_more(now);
    }
    if (!is_whole_) return std::nullopt;
    is_reading_ = false;
    failures_ = 0;
    for (auto& [sequence, event] : got_) tail_.events.push_back(event);
    return std::exchange(tail_, {});
}

}  // namespace station::jetstream
