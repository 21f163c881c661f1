#include "follow_several.hpp"

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <station/log/topic_pattern.hpp>
#include <utility>

#include "event_lines.hpp"
#include "lasting.hpp"

namespace station::final_station {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLargestMessage = std::size_t{448} << 20;  // a payload of 64 MiB, each byte escaped
constexpr std::string_view kMessage = R"({"type":"message",)";

std::string no_such_topic(const std::string& name) { return name + ": there is no such topic"; }

class SeveralFollower final : private net::WebSocket::Handler {
  public:
    SeveralFollower(const RemoteOptions& options, const ReplayOptions& replay)
        : options_(options), replay_(replay), lines_(options.json) {}

    int run() {
        return lasting_.run([this] { return stream(); }, [this] { return end(); });
    }

  private:
    struct Place {
        std::uint64_t stream = 0;
        std::uint64_t next = 0;  // offset
        bool is_here = false;    // on this connection
    };

    // One connection, up to its end; the exit status where that is the end of all.
    std::optional<int> stream() {
        socket_ = net::WebSocket{net::WebSocket::Role::client, {.max_message = kLargestMessage}};
        for (auto& [topic, place] : places_) place.is_here = false;
        const std::uint64_t before = lines_.printed();
        BlockingConnection connection;
        const Lasting::Attachment attached{lasting_, connection};
        if (lasting_.is_interrupted()) return end();
        std::string rest;
        if (const auto upgraded = upgrade(connection, options_.server, rest); !upgraded) {
            return lasting_.is_interrupted() ? end() : lost(upgraded.error());
        }
        say(wish());
        say({{"type", "health"}, {"ref", "there"}});
        socket_.feed(rest, *this);
        std::array<char, 65536> room;
        std::error_code error;
        while (!is_over() && !error) {
            socket_.take_output(out_);
            error = connection.send(std::exchange(out_, {}));
            if (error) break;
            const std::size_t bytes = connection.receive(room, error);
            if (bytes == 0) break;
            socket_.feed({room.data(), bytes}, *this);
            is_writable_ = flush_output();
        }
        if (lasting_.is_interrupted() || limit_is_reached()) return end();
        if (!is_writable_ || refused_) return kFailure;
        const std::uint64_t events = lines_.printed() - before;
        return lost({.what = net::to_string(options_.server.endpoint) + ": the server has ended the stream after " +
                             std::to_string(events) + " events",
                     .passes = true});
    }

    bool limit_is_reached() const { return replay_.limit != 0 && lines_.printed() >= replay_.limit; }
    bool is_over() const { return limit_is_reached() || !is_writable_ || refused_ || socket_.close_received(); }

    // Once it has been told of all topics that were there, the others have been made since.
    Json wish() const {
        Json wish = {{"type", "subscribe"}, {"topics", options_.topics}, {"text", true}, {"make", false}};
        wish["from"] = is_settled_ ? "beginning" : replay_.from;
        wish["exclusive"] = !is_settled_ && replay_.exclusive;
        wish["offsets"] = Json::object();
        for (const auto& [topic, place] : places_) wish["offsets"][topic] = place.next;
        return wish;
    }

    void say(const Json& request) {
        const std::string text = request.dump();
        net::WebSocket::put_masked(out_, net::Opcode::text, std::as_bytes(std::span{text}),
                                   static_cast<std::uint32_t>(random_()));
    }

    void on_binary(std::span<const std::byte>) override {}
    void on_text(std::string_view text) override {
        if (limit_is_reached() || refused_) return;
        if (text.starts_with(kMessage)) return print(text);
        const Json answer = Json::parse(text, nullptr, false);
        const std::string type = answer.is_object() ? answer.value("type", "") : "";
        if (type == "subscribed") begin(answer);
        if (type == "lost") miss(text, answer);
        if (type == "error") tell(text, answer);
        if (type == "health") settle();
    }

    // As it stands in NDJSON.
    void print(std::string_view text) {
        line_ = "{";
        line_ += text.substr(kMessage.size());
        line_ += '\n';
        const std::string_view name = std::string_view{line_}.substr(std::string_view{R"({"topic":")"}.size());
        lines_.take(line_);
        const auto place = places_.find(name.substr(0, name.find('"')));
        if (place != places_.end()) place->second.next = lines_.next_offset().value_or(0);
    }

    void begin(const Json& answer) {
        const std::string topic = answer.at("topic");
        const std::uint64_t from = answer.at("from_offset");
        const auto [known, is_new] = places_.try_emplace(topic);
        Place& place = known->second;
        const std::uint64_t stream = answer.at("stream");
        if (!is_new && place.stream != stream) {
            // Another one of its name, whose offsets are others.
            place = {stream, 0, true};
            return say({{"type", "subscribe"}, {"topic", topic}, {"from", "beginning"}, {"text", true}});
        }
        if (!is_new && from > place.next) {
            fail(topic + ": events " + std::to_string(place.next) + " up to " + std::to_string(from) +
                 " are no longer there");
        } else if (!answer.value("complete", true)) {
            say_incomplete(topic, from);
        }
        if (!answer.value("matched", true)) say_unmatched(topic, from);
        place = {stream, from, true};
    }

    void miss(std::string_view text, const Json& answer) {
        lines_.take(std::string{text} + '\n');
        places_[answer.at("topic")].next = answer.at("to");
    }

    void tell(std::string_view text, const Json& answer) {
        const std::string topic = answer.value("topic", "");
        if (topic.empty()) {
            refused_ = true;
            fail(answer.value("detail", answer.value("reason", "")));
        } else if (answer.value("reason", "") == "topic_deleted") {
            fail(topic + ": " + answer.value("detail", ""));
            places_.erase(topic);
        } else {
            lines_.take(std::string{text} + '\n');
            if (answer.contains("next_offset")) places_[topic].next = answer.at("next_offset");
        }
    }

    void settle() {
        for (const std::string& name : options_.topics) {
            if (log::has_wildcard(name) || places_.contains(name)) continue;
            if (replay_.once) {
                refused_ = true;
                fail(no_such_topic(name));
            } else if (!is_settled_) {
                fail(no_such_topic(name) + "; waiting for it");
            }
        }
        // Deleted while the server was away.
        std::erase_if(places_, [](const auto& one) { return !one.second.is_here; });
        is_settled_ = true;
        lasting_.goes_well();
        if (std::exchange(is_away_, false)) {
            fail(net::to_string(options_.server.endpoint) + ": connected again; going on where each topic was");
        }
    }

    // A server that was never there is more likely a mistake in its address.
    std::optional<int> lost(const WebProblem& problem) {
        if (replay_.once || !is_settled_ || !problem.passes) return fail(problem.what);
        if (!std::exchange(is_away_, true)) fail(problem.what + "; trying again");
        return std::nullopt;
    }

    int end() {
        if (!lasting_.is_read()) return fail(kOutputClosed);
        return lines_.damaged() ? kFailure : 0;
    }

    const RemoteOptions& options_;
    const ReplayOptions& replay_;
    EventLines lines_;
    Lasting lasting_;
    net::WebSocket socket_{net::WebSocket::Role::client};
    std::string out_;
    std::string line_;
    std::map<std::string, Place, std::less<>> places_;
    std::mt19937 random_{std::random_device{}()};
    bool is_settled_ = false;  // it has been told of all that was there, once
    bool is_away_ = false;     // the server, which has been told
    bool refused_ = false;
    bool is_writable_ = true;
};

}  // namespace

int follow_several(const RemoteOptions& options, const ReplayOptions& replay) {
    return SeveralFollower{options, replay}.run();
}

}  // namespace station::final_station
