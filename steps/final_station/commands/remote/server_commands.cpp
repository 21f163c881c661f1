#include "server_commands.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <station/log/error.hpp>
#include <vector>

#include "client/publisher.hpp"
#include "commands/standard_input.hpp"
#include "event_lines.hpp"
#include "follow.hpp"
#include "follow_several.hpp"

namespace station::final_station {
namespace {

class Given final : public EventSource {
  public:
    explicit Given(const std::vector<std::string>& payloads) : payloads_(payloads) {}
    bool next(std::string& payload) override {
        if (at_end()) return false;
        payload = payloads_[next_++];
        return true;
    }
    bool at_end() const override { return next_ == payloads_.size(); }

  private:
    const std::vector<std::string>& payloads_;
    std::size_t next_ = 0;
};

void print_receipts(std::span<const Acknowledged> all) {
    for (const Acknowledged& one : all) print_receipt(one.offset, one.id, one.time);
    std::fflush(stdout);
}

void say(const std::string& news) { fail(news); }

TopicLine line_of_json(const nlohmann::ordered_json& topic) {
    const std::string recovery = topic.contains("recovery") ? topic.at("recovery").dump() : std::string{};
    return {topic.at("name"),
            topic.at("stream"),
            topic.at("first_offset"),
            topic.at("next_offset"),
            topic.at("bytes"),
            topic.at("segments"),
            recovery,
            topic.at("retention").dump()};
}

// The body of a PATCH; empty where nothing is to be changed.
std::string change_text(const TopicOptions& change) {
    const log::Retention wanted = changed({}, change);
    nlohmann::ordered_json json;
    if (!change.retain_bytes.empty()) json["retain_bytes"] = nullptr;
    if (wanted.bytes) json["retain_bytes"] = *wanted.bytes;
    if (!change.retain_age.empty()) json["retain_age"] = nullptr;
    if (wanted.age) json["retain_age"] = change.retain_age;
    return json.empty() ? std::string{} : json.dump();
}

}  // namespace

int publish(const RemoteOptions& options, const PublishOptions& publish) {
    const auto publication = read_publication(options.topic, publish);
    if (!publication) return fail(publication.error().what, publication.error().status);
    const bool from_input = publication->payloads.empty();
    Publisher publisher{options.server,
                        {.topic = options.topic,
                         .headers = publication->headers,
                         .keep_going = publish.keep_going,
                         .retry = publish.retry},
                        {.acknowledged = print_receipts, .refused = say_refused, .connection = say}};
    Given given{publication->payloads};
    StandardInput input{publish.keep_cr};
    const auto published = publisher.publish_all(from_input ? static_cast<EventSource&>(input) : given);
    if (!published) {
        const bool names_line = from_input && publisher.refused_number() != 0;
        const std::string line = names_line ? "refused line " + std::to_string(publisher.refused_number()) + ": " : "";
        return fail(line + published.error());
    }
    if (input.failed()) return fail(kUnreadable);
    return publisher.refusals() == 0 ? end_of_publish() : end_of_refused(publisher.refusals());
}

int replay(const RemoteOptions& options, const ReplayOptions& replay) {
    const auto from = read_start(replay);
    if (!from) return fail(from.error().what, from.error().status);
    if (!options.topics.empty()) return follow_several(options, replay);
    if (replay.follow) return follow(options, replay);
    EventLines lines{options.json};
    BlockingConnection connection;
    bool writable = true;
    const auto print = [&](std::string_view piece) {
        lines.take(piece);
        return writable = flush_output();
    };
    const auto look = [&](const auto& header) { say_where_unmatched(options.topic, header); };
    const auto answer = http_get(connection, options.server, events_target(options.topic, replay), print, look);
    if (!answer) return fail(answer.error().what);
    if (answer->status != 200) return fail(options.topic + ": " + refusal_in_words(*answer));
    if (!writable) return kFailure;
    if (!answer->complete) return fail(ended_in_words(options.server.endpoint, lines.printed()));
    return lines.damaged() ? kFailure : 0;
}

int topic(const RemoteOptions& options, const TopicOptions& change) {
    const std::string target = "/api/topics/" + percent_encoded(options.topic);
    const std::string body = change_text(change);
    BlockingConnection connection;
    auto answer = change.remove  ? http_send(connection, options.server, "DELETE",
                                             target + "?confirm=" + percent_encoded(options.topic), {})
                  : body.empty() ? http_get(connection, options.server, "/api/topics")
                                 : http_send(connection, options.server, "PATCH", target, body);
    if (!answer) return fail(answer.error().what);
    if (change.remove && answer->status == 204) return 0;
    if (answer->status != 200) return fail(options.topic + ": " + refusal_in_words(*answer));
    auto json = nlohmann::ordered_json::parse(answer->body);
    if (json.is_array()) {
        const auto found =
            std::find_if(json.begin(), json.end(), [&](auto& one) { return one["name"] == options.topic; });
        if (found == json.end()) {
            return fail(options.topic + ": " + make_error_code(log::Errc::no_such_topic).message());
        }
        nlohmann::ordered_json entry = std::move(*found);
        json = std::move(entry);
    }
    print_topic(line_of_json(json), options.json);
    return flush_output() ? 0 : kFailure;
}

int topics(const RemoteOptions& options) {
    BlockingConnection connection;
    const auto answer = http_get(connection, options.server, "/api/topics");
    if (!answer) return fail(answer.error().what);
    if (answer->status != 200) return fail(refusal_in_words(*answer));
    std::vector<TopicLine> lines;
    for (const auto& topic : nlohmann::ordered_json::parse(answer->body)) lines.push_back(line_of_json(topic));
    print_topics(lines, options.json);
    return flush_output() ? 0 : kFailure;
}

}  // namespace station::final_station
