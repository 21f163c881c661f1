#include "server_commands.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <station/base/numbers.hpp>
#include <station/flow/shutdown_signal.hpp>
#include <utility>
#include <vector>

#include "client/publisher.hpp"
#include "event_lines.hpp"

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

// Standard input, one event a line; the last one may lack its '\n'.
class StandardInput final : public EventSource {
  public:
    bool next(std::string& payload) override {
        const std::size_t end = bytes_.find('\n', searched_);
        if (end == std::string::npos) {
            searched_ = bytes_.size();
            if (!closed_ || at_end()) return false;
        }
        payload = bytes_.substr(begin_, end == std::string::npos ? end : end - begin_);
        begin_ = searched_ = end == std::string::npos ? bytes_.size() : end + 1;
        return true;
    }
    bool at_end() const override { return closed_ && begin_ == bytes_.size(); }
    int descriptor() const override { return closed_ ? -1 : STDIN_FILENO; }
    void read() override {
        bytes_.erase(0, begin_);
        searched_ -= begin_;
        begin_ = 0;
        const ssize_t bytes = ::read(STDIN_FILENO, room_.data(), room_.size());
        if (bytes > 0) bytes_.append(room_.data(), static_cast<std::size_t>(bytes));
        failed_ = bytes < 0 && errno != EINTR && errno != EAGAIN;
        closed_ = bytes == 0 || failed_;
    }
    bool failed() const { return failed_; }

  private:
    std::vector<char> room_ = std::vector<char>(std::size_t{1} << 20);
    std::string bytes_;
    std::size_t begin_ = 0;     // of the next line
    std::size_t searched_ = 0;  // up to here there is no '\n' in it
    bool closed_ = false;
    bool failed_ = false;
};

void print_receipts(std::span<const Acknowledged> all) {
    for (const Acknowledged& one : all) print_receipt(one.offset, one.id, one.time);
    std::fflush(stdout);
}

std::string target_of(const RemoteOptions& options, const ReplayOptions& replay) {
    std::string target =
        "/api/topics/" + percent_encoded(options.topic) + "/events?from=" + percent_encoded(replay.from);
    if (replay.exclusive) target += "&exclusive=true";
    if (replay.limit != 0) target += "&limit=" + std::to_string(replay.limit);
    if (replay.follow) target += "&follow=true";
    return target;
}

}  // namespace

int publish(const RemoteOptions& options, const PublishOptions& publish) {
    const auto publication = read_publication(options.topic, publish);
    if (!publication) return fail(publication.error().what, publication.error().status);
    Publisher publisher{options.server, options.topic, publication->headers, publish.keep_going, print_receipts};
    Given given{publication->payloads};
    StandardInput input;
    EventSource& source = publication->payloads.empty() ? static_cast<EventSource&>(input) : given;
    const auto published = publisher.publish_all(source);
    if (!published) return fail(published.error());
    return input.failed() ? fail(kUnreadable) : end_of_publish();
}

int replay(const RemoteOptions& options, const ReplayOptions& replay) {
    if (const auto from = read_start(replay); !from) return fail(from.error().what, from.error().status);
    EventLines lines{options.json};
    BlockingConnection connection;
    std::atomic<bool> interrupted{false};
    std::optional<flow::ShutdownSignal> signal;
    if (replay.follow) {
        signal.emplace([&] {
            interrupted = true;
            connection.interrupt();
        });
    }
    bool writable = true;
    const auto print = [&](std::string_view piece) {
        lines.take(piece);
        return writable = flush_output();
    };
    const auto look = [&](const auto& header) {
        if (header("station-matched") != "false") return;
        say_unmatched(options.topic, base::parse_number<std::uint64_t>(header("station-from-offset")).value_or(0));
    };
    const auto answer = http_get(connection, options.server, target_of(options, replay), print, look);
    if (interrupted) return lines.damaged() ? kFailure : 0;
    if (!answer) return fail(answer.error());
    if (answer->status != 200) return fail(options.topic + ": " + refusal_in_words(*answer));
    if (!writable) return kFailure;
    const bool had_enough = !replay.follow || (replay.limit != 0 && lines.printed() == replay.limit);
    if (!answer->complete || !had_enough) {
        return fail(net::to_string(options.server.endpoint) + ": the server has ended the stream after " +
                    std::to_string(lines.printed()) + " events");
    }
    return lines.damaged() ? kFailure : 0;
}

int topics(const RemoteOptions& options) {
    BlockingConnection connection;
    const auto answer = http_get(connection, options.server, "/api/topics");
    if (!answer) return fail(answer.error());
    if (answer->status != 200) return fail(refusal_in_words(*answer));
    std::vector<TopicLine> lines;
    for (const auto& topic : nlohmann::ordered_json::parse(answer->body)) {
        lines.push_back({topic.at("name"), topic.at("stream"), topic.at("first_offset"), topic.at("next_offset"),
                         topic.at("bytes"), topic.at("segments"), topic.at("recovery").dump()});
    }
    print_topics(lines, options.json);
    return flush_output() ? 0 : kFailure;
}

}  // namespace station::final_station
