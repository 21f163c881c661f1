#include "follow.hpp"

#include <optional>
#include <station/base/numbers.hpp>
#include <utility>

#include "event_lines.hpp"
#include "lasting.hpp"

namespace station::final_station {
namespace {

constexpr int kNotThere = 404;

using Header = std::function<std::string(std::string_view)>;

class Follower {
  public:
    Follower(const RemoteOptions& options, const ReplayOptions& replay)
        : options_(options), place_(replay), lines_(options.json) {}

    int run() {
        return lasting_.run([this] { return stream(); }, [this] { return end(); });
    }

  private:
    // One connection, up to its end; the exit status where that is the end of all.
    std::optional<int> stream() {
        lines_.begin_again();
        place_.limit = limit_ == 0 ? 0 : limit_ - lines_.printed();
        const auto print = [this](std::string_view piece) {
            lines_.take(piece);
            return is_writable_ = flush_output();
        };
        const auto look = [this](const Header& header) { begin(header); };
        BlockingConnection connection;
        const Lasting::Attachment attached{lasting_, connection};
        if (lasting_.is_interrupted()) return end();
        const auto answer = http_get(connection, options_.server, events_target(options_.topic, place_), print, look);
        if (const auto next = lines_.next_offset()) go_on_at(*next);
        if (lasting_.is_interrupted()) return end();
        if (!is_writable_) return kFailure;
        if (!answer) return lost(answer.error());
        if (answer->status == kNotThere && !place_.once) return wait_for_topic(*answer);
        if (answer->status != 200) {
            return lost(
                {.what = options_.topic + ": " + refusal_in_words(*answer), .passes = answer->status == kNotNow});
        }
        if (limit_ != 0 && lines_.printed() == limit_) return end();
        return lost({.what = ended_in_words(options_.server.endpoint, lines_.printed()), .passes = true});
    }

    // At the head of an answer.
    void begin(const Header& header) {
        const auto from = base::parse_number<std::uint64_t>(header("station-from-offset"));
        if (!from) return;
        say_where_unmatched(options_.topic, header);
        if (next_ && *from > *next_) {
            fail(options_.topic + ": events " + std::to_string(*next_) + " up to " + std::to_string(*from) +
                 " are no longer there");
        }
        go_on_at(*from);
        was_there_ = true;
        lasting_.goes_well();
        if (std::exchange(is_away_, false)) {
            fail(net::to_string(options_.server.endpoint) + ": connected again; going on at offset " +
                 std::to_string(*from));
        }
    }

    void go_on_at(std::uint64_t offset) {
        next_ = offset;
        place_.from = "offset:" + std::to_string(offset);
        place_.exclusive = false;
    }

    // A server that was never there is more likely a mistake in its address.
    std::optional<int> lost(const WebProblem& problem) {
        if (place_.once || !was_there_ || !problem.passes) return fail(problem.what);
        if (!std::exchange(is_away_, true)) fail(problem.what + "; trying again");
        return std::nullopt;
    }

    std::optional<int> wait_for_topic(const WebAnswer& answer) {
        if (!std::exchange(waits_, true)) fail(options_.topic + ": " + refusal_in_words(answer) + "; waiting for it");
        was_there_ = true;
        // Whatever it will hold has come after now.
        if (place_.from == "now" || next_) go_on_at(0);
        return std::nullopt;
    }

    int end() {
        if (!lasting_.is_read()) return fail(kOutputClosed);
        return lines_.damaged() ? kFailure : 0;
    }

    const RemoteOptions& options_;
    ReplayOptions place_;  // what is asked for next
    std::uint64_t limit_ = place_.limit;
    EventLines lines_;
    std::optional<std::uint64_t> next_;  // once the server has said where it is
    Lasting lasting_;
    bool was_there_ = false;  // the server, once
    bool is_away_ = false;    // the server, which has been told
    bool waits_ = false;      // for the topic, which has been told
    bool is_writable_ = true;
};

}  // namespace

int follow(const RemoteOptions& options, const ReplayOptions& replay) { return Follower{options, replay}.run(); }

std::string events_target(const std::string& topic, const ReplayOptions& replay) {
    std::string target = "/api/topics/" + percent_encoded(topic) + "/events?from=" + percent_encoded(replay.from);
    if (replay.exclusive) target += "&exclusive=true";
    if (replay.limit != 0) target += "&limit=" + std::to_string(replay.limit);
    if (replay.follow) target += "&follow=true";
    return target;
}

std::string ended_in_words(const net::Endpoint& server, std::uint64_t events) {
    return net::to_string(server) + ": the server has ended the stream after " + std::to_string(events) + " events";
}

void say_where_unmatched(const std::string& topic, const std::function<std::string(std::string_view)>& header) {
    const auto from = base::parse_number<std::uint64_t>(header("station-from-offset")).value_or(0);
    if (header("station-complete") == "false") say_incomplete(topic, from);
    if (header("station-matched") == "false") say_unmatched(topic, from);
}

}  // namespace station::final_station
