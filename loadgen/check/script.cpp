#include <loadgen/check/script.hpp>

#include <algorithm>
#include <loadgen/check/expectation.hpp>
#include <loadgen/target/connection.hpp>
#include <nlohmann/json.hpp>
#include <thread>

namespace station::check {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;
using Got = target::Connection::Got;

constexpr std::string_view kMetricsRequest = "{\"type\":\"metrics\"}\n";
constexpr std::size_t kChunk = 65536;

std::string seconds(Milliseconds time) {
    return std::to_string(time.count() / 1000) + "." + std::to_string(time.count() / 100 % 10) + " s";
}

std::string describe_reply(const target::Connection::Reply& reply, Milliseconds patience) {
    const std::string partial =
        reply.line.empty() ? "" : " after the unfinished line " + target::Excerpt{reply.line}.text();
    switch (reply.got) {
        case Got::line: return reply.line.empty() ? "an empty line" : target::Excerpt{reply.line}.text();
        case Got::silence: return "nothing for " + seconds(patience) + partial;
        case Got::end: return "the end of the connection" + partial;
        case Got::reset: break;
    }
    return "a reset of the connection (closed with input unread?)" + partial;
}

// Where `bytes` are cut for one run.
std::vector<std::size_t> cuts(const Split& split, std::size_t run, std::size_t bytes) {
    switch (split.kind) {
        case Split::Kind::none: return {};
        case Split::Kind::everywhere: return {run + 1};
        case Split::Kind::at: return split.at;
        case Split::Kind::bytes: break;
    }
    std::vector<std::size_t> all;
    for (std::size_t at = 1; at < bytes; ++at) all.push_back(at);
    return all;
}

std::string in_words(const MetricsGrew& grew) {
    const auto in_words = [](const char* name, std::optional<std::uint64_t> by) {
        return std::string{name} + (by ? " grown by " + std::to_string(*by) : "");
    };
    return in_words("received", grew.received) + ", " + in_words("processed", grew.processed) + ", " +
           in_words("dropped", grew.dropped) + ", and received == processed + dropped";
}

std::string in_words(const Tally& tally, const Names& names) {
    std::string text = std::to_string(tally.of) + " replies:";
    for (const Share& share : tally.shares) {
        text +=
            " " + std::to_string(share.least) + " to " + std::to_string(share.most) + " of " + share.line.expand(names);
    }
    return text;
}

class Script {
  public:
    Script(std::size_t run, const Names& names, const Setting& setting) : run_(run), names_(names), setting_(setting) {}

    std::optional<Failure> play(const std::vector<Action>& actions) {
        if (perform(actions, 1)) end();
        if (failure_) failure_->trace = recorder_.trace();
        return std::move(failure_);
    }

  private:
    struct Named {
        std::string name;
        target::Connection connection;
    };

    // All of these return false once the case has failed.

    bool perform(const std::vector<Action>& actions, std::size_t iteration) {
        return std::all_of(actions.begin(), actions.end(), [&](const Action& action) {
            on_ = find_or_open(action.on);
            iteration_ = iteration;
            return on_ != nullptr && std::visit([this](const auto& what) { return perform(what); }, action.what);
        });
    }

    bool perform(const Send& send) {
        if (!connection().sent().empty()) connection().wait_until_read();
        if (send.discard_replies > 0) connection().discard_replies();
        const bool counts = send.payload.counts();
        std::string bytes;
        std::string once = send.payload.expand(names_, send.times > 1 ? 1 : iteration_);
        for (std::size_t i = 1; i <= send.times; ++i) {
            if (i > 1 && counts) once = send.payload.expand(names_, i);
            bytes += once;
            if (bytes.size() >= kChunk && send.split.kind == Split::Kind::none) send_all(std::exchange(bytes, {}));
        }
        send_pieces(bytes, cuts(send.split, run_, bytes.size()));
        return send.discard_replies == 0 || take_discarded(send.discard_replies);
    }

    bool perform(const Expect& expect) {
        for (std::size_t i = 1; i <= expect.times; ++i) {
            const Place place{setting_.step, names_, expect.times > 1 ? i : iteration_};
            const auto reply = connection().read_line(setting_.patience);
            if (reply.got == Got::line && matches(expect.reply, place, reply.line)) continue;
            const std::string which = expect.times > 1 ? " (reply " + std::to_string(i) + ")" : "";
            return fail(target::Excerpt{describe(expect.reply, place)}.text() + which, reply);
        }
        return true;
    }

    bool perform(const Tally& tally) {
        std::vector<std::size_t> counts(tally.shares.size());
        for (std::size_t i = 0; i < tally.of; ++i) {
            const auto reply = connection().read_line(setting_.patience);
            const auto kind = std::find_if(tally.shares.begin(), tally.shares.end(),
                                           [&](const Share& share) { return share.line.expand(names_) == reply.line; });
            if (reply.got != Got::line || kind == tally.shares.end()) return fail(in_words(tally, names_), reply);
            ++counts[static_cast<std::size_t>(kind - tally.shares.begin())];
        }
        std::string came;
        bool good = true;
        for (std::size_t i = 0; i < counts.size(); ++i) {
            good = good && counts[i] >= tally.shares[i].least && counts[i] <= tally.shares[i].most;
            came += (i > 0 ? ", " : "") + std::to_string(counts[i]) + " of " + tally.shares[i].line.expand(names_);
        }
        return good || fail(in_words(tally, names_), came);
    }

    bool perform(const ExpectSilence& silence) {
        connection().wait_until_read();
        const auto reply = connection().read_line(Milliseconds{silence.milliseconds});
        return (reply.got == Got::silence && reply.line.empty()) || fail("no reply yet", reply);
    }

    bool perform(const ExpectClosed&) {
        const auto reply = connection().read_line(setting_.patience);
        return (reply.got == Got::end && reply.line.empty()) || fail("the end of the connection", reply);
    }

    bool perform(const HalfClose&) {
        connection().half_close();
        return true;
    }

    bool perform(const Close&) {
        connection().close();
        return true;
    }

    bool perform(const Reset&) {
        connection().reset();
        return true;
    }

    bool perform(const Eventually& eventually) {
        const std::string wanted = eventually.reply.expand(names_, iteration_);
        return poll(eventually.request.expand(names_, iteration_) + "\n", "in the end " + wanted,
                    [&](const std::string& line) { return line == wanted; });
    }

    bool perform(const EventualBalance& wanted) {
        if (!has_balance_request(setting_.step)) return true;
        const nlohmann::ordered_json request{{"type", "balance"}, {"user", wanted.user.expand(names_, iteration_)}};
        const std::string reply = R"({"status":"ok","balance":)" + std::to_string(wanted.balance) + "}";
        return poll(request.dump() + "\n", "in the end " + reply,
                    [&](const std::string& line) { return line == reply; });
    }

    bool perform(const RememberMetrics&) {
        if (!has_metrics_request(setting_.step)) return true;
        const auto settled = [&](const std::string& line) {
            const auto metrics = parse_metrics(line);
            remembered_ = metrics.value_or(MetricsLine{});
            return metrics && metrics->received == metrics->processed + metrics->dropped;
        };
        return poll(std::string{kMetricsRequest},
                    "metrics with received == processed + dropped when nothing is in flight", settled);
    }

    bool perform(const MetricsGrew& grew) {
        if (!has_metrics_request(setting_.step)) return true;
        const auto as_wanted = [](std::optional<std::uint64_t> wanted, std::uint64_t before, std::uint64_t now) {
            return !wanted || now == before + *wanted;
        };
        const auto settled = [&](const std::string& line) {
            const auto now = parse_metrics(line);
            return now && now->received == now->processed + now->dropped &&
                   as_wanted(grew.received, remembered_.received, now->received) &&
                   as_wanted(grew.processed, remembered_.processed, now->processed) &&
                   as_wanted(grew.dropped, remembered_.dropped, now->dropped);
        };
        return poll(std::string{kMetricsRequest}, "in the end " + in_words(grew), settled);
    }

    bool perform(const Repeat& repeat) {
        for (std::size_t i = 1; i <= repeat.times; ++i) {
            if (!perform(repeat.actions, i)) return false;
        }
        return true;
    }

    bool take_discarded(std::size_t replies) {
        const std::size_t came = connection().wait_for_discarded(replies, setting_.patience);
        return came == replies || fail(std::to_string(replies) + " replies", std::to_string(came));
    }

    // Whatever a case did: no reply is left over, and a client that has sent FIN gets one in return.
    void end() {
        for (Named& named : connections_) {
            if (named.connection.ended()) continue;
            on_ = &named;
            if (!connection().half_closed()) connection().half_close();
            const auto reply = connection().read_line(setting_.patience);
            if (reply.got == Got::end && reply.line.empty()) continue;
            fail("no further reply, and the end of the connection once the client has sent FIN", reply);
            return;
        }
    }

    Named* find_or_open(const std::string& name) {
        for (Named& named : connections_) {
            if (named.name == name) return &named;
        }
        auto connection = target::Connection::open(setting_.server, setting_.patience);
        if (!connection) {
            fail("a connection", connection.error());
            failure_->lost_connection = true;
            return nullptr;
        }
        Named& named = connections_.emplace_back(Named{name, std::move(*connection)});
        named.connection.record(recorder_, name.empty() ? "a" : name);
        return &named;
    }

    target::Connection& connection() { return on_->connection; }

    void send_all(const std::string& bytes) { connection().send(bytes, setting_.patience); }

    void send_pieces(std::string_view bytes, std::vector<std::size_t> at) {
        std::size_t from = 0;
        at.push_back(bytes.size());
        for (const std::size_t to : at) {
            if (from > 0) connection().wait_until_read();
            connection().send(bytes.substr(from, to - from), setting_.patience);
            from = to;
        }
    }

    template <typename Good>
    bool poll(const std::string& request, const std::string& expected, Good good) {
        const auto until = Clock::now() + setting_.patience;
        constexpr Milliseconds kLongestPause{20};
        for (Milliseconds pause{1};; pause = std::min(2 * pause, kLongestPause)) {
            send_all(request);
            const auto reply = connection().read_line(setting_.patience);
            if (reply.got == Got::line && good(reply.line)) return true;
            if (reply.got != Got::line || Clock::now() >= until) {
                fail(expected, reply);
                failure_->waited_in_vain = reply.got == Got::line || reply.got == Got::silence;
                return false;
            }
            std::this_thread::sleep_for(pause);
        }
    }

    bool fail(std::string expected, const target::Connection::Reply& reply) {
        fail(std::move(expected), describe_reply(reply, setting_.patience));
        failure_->waited_in_vain = reply.got == Got::silence;
        failure_->lost_connection = reply.got == Got::end || reply.got == Got::reset;
        return false;
    }

    bool fail(std::string expected, std::string came) {
        failure_.emplace();
        failure_->expected = std::move(expected);
        failure_->came = std::move(came);
        for (const Named& named : connections_) {
            const std::string which = connections_.size() > 1 ? named.name + ": " : "";
            if (!named.connection.sent().empty()) failure_->sent.push_back(which + named.connection.sent().text());
        }
        return false;
    }

    std::size_t run_;
    const Names& names_;
    const Setting& setting_;
    target::Recorder recorder_{{}};  // before the connections that use it
    std::vector<Named> connections_;
    Named* on_ = nullptr;
    std::size_t iteration_ = 1;
    MetricsLine remembered_;
    std::optional<Failure> failure_;
};

const Send* find_split_everywhere(const std::vector<Action>& actions) {
    for (const Action& action : actions) {
        const auto* const send = std::get_if<Send>(&action.what);
        if (send != nullptr && send->split.kind == Split::Kind::everywhere) return send;
        if (const auto* const repeat = std::get_if<Repeat>(&action.what)) {
            if (const Send* const inside = find_split_everywhere(repeat->actions)) return inside;
        }
    }
    return nullptr;
}

}  // namespace

std::size_t count_runs(const Case& one) {
    const Send* const send = find_split_everywhere(one.actions);
    return send == nullptr ? 1 : count_bytes(*send) - 1;
}

std::optional<Failure> run_case(const Case& one, std::size_t run, const Names& names, const Setting& setting) {
    return Script{run, names, setting}.play(one.actions);
}

}  // namespace station::check
