#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <station/base/base64.hpp>
#include <station/log/publish.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "client/backoff.hpp"
#include "commands/output.hpp"
#include "feed.hpp"

namespace station::final_station {
namespace {

using Json = nlohmann::json;

// One event, with what its view shows.
struct SentEvent {
    std::string payload;
    std::vector<std::byte> headers;
    log::EventView view;
};

// The lines of an answer, cut anywhere, as events.
class SentEvents {
  public:
    // Throws what nlohmann::json throws, and std::runtime_error, where a line is none of a server's.
    void take(std::string_view piece) {
        partial_ += piece;
        std::size_t begin = 0;
        for (std::size_t end = 0; (end = partial_.find('\n', begin)) != std::string::npos; begin = end + 1) {
            const std::string_view line = std::string_view{partial_}.substr(begin, end - begin);
            if (!line.empty()) add(Json::parse(line));
        }
        partial_.erase(0, begin);
    }

    // Those that came since; views of this.
    std::vector<log::EventView> views() const {
        std::vector<log::EventView> all;
        for (const SentEvent& event : events_) {
            all.push_back(event.view);
            all.back().payload = log::as_bytes(event.payload);
            all.back().headers = event.headers;
        }
        return all;
    }
    void clear() { events_.clear(); }

  private:
    void add(const Json& json) {
        if (json.contains("type")) throw std::runtime_error(json.value("detail", "events are lost"));
        SentEvent event;
        const auto id = log::EventId::from_text(json.at("id").get_ref<const std::string&>());
        if (!id) throw std::runtime_error("an id that is none");
        event.view.id = *id;
        event.view.time = json.at("time").get<std::int64_t>();
        event.view.offset = json.at("offset").get<std::uint64_t>();
        if (const auto coded = json.find("payload_base64"); coded != json.end()) {
            auto payload = base::decode_base64(coded->get_ref<const std::string&>());
            if (!payload) throw std::runtime_error("a payload that is no base64");
            event.payload = std::move(*payload);
        } else {
            event.payload = json.at("payload").get<std::string>();
        }
        if (const auto headers = json.find("headers"); headers != json.end()) {
            log::Headers all;
            for (const auto& [name, value] : headers->items()) all.emplace_back(name, value.get<std::string>());
            event.headers = log::encode_headers(all);
        }
        events_.push_back(std::move(event));
    }

    std::string partial_;
    std::vector<SentEvent> events_;
};

class ServerFeed final : public Feed {
  public:
    ServerFeed(Remote server, std::string topic) : server_(std::move(server)), topic_(std::move(topic)) {}

    tl::expected<Extent, std::string> extent() override {
        BlockingConnection connection;
        const auto answer = http_get(connection, server_, "/api/topics");
        if (!answer) return tl::unexpected(answer.error().what);
        if (answer->status != 200) return tl::unexpected(refusal_in_words(*answer));
        const Json topics = Json::parse(answer->body);
        for (const Json& one : topics) {
            if (one.at("name") == topic_) return Extent{one.at("first_offset"), one.at("next_offset")};
        }
        return tl::unexpected(topic_ + ": " + make_error_code(log::Errc::no_such_topic).message());
    }

    tl::expected<void, std::string> run(std::uint64_t from, std::optional<std::uint64_t> until,
                                        const Sink& sink) override {
        next_ = from;
        until_ = until;
        is_away_ = false;
        while (!is_interrupted() && !is_done()) {
            if (auto ended = stream(sink); !ended) return ended;
            if (!is_interrupted() && !is_done() && !pause()) break;
        }
        return {};
    }

    void interrupt() override {
        const std::lock_guard lock{mutex_};
        is_interrupted_ = true;
        if (connection_ != nullptr) connection_->interrupt();
        woken_.notify_all();
    }

  private:
    bool is_done() const { return is_refused_ || (until_ && next_ >= *until_); }

    // One connection, up to its end. An error is one that asking again does not mend.
    tl::expected<void, std::string> stream(const Sink& sink) {
        BlockingConnection connection;
        attach(&connection);
        SentEvents events;
        std::string problem;
        const auto take = [&](std::string_view piece) {
            try {
                events.take(piece);
                return give(events, sink, problem);
            } catch (const std::exception& error) {
                problem = topic_ + ": the server sent " + error.what();
                return false;
            }
        };
        const std::string target =
            "/api/topics/" + percent_encoded(topic_) + "/events?follow=true&from=offset:" + std::to_string(next_);
        const auto answer = http_get(connection, server_, target, take);
        attach(nullptr);
        if (!problem.empty()) return tl::unexpected(problem);
        if (is_interrupted() || is_done()) return {};
        if (answer && answer->status == 200) return away("the server has ended the answer");
        if (answer && answer->status != kNotNow) return tl::unexpected(topic_ + ": " + refusal_in_words(*answer));
        return away(answer ? refusal_in_words(*answer) : answer.error().what);
    }

    // False ends the answer.
    bool give(SentEvents& events, const Sink& sink, std::string& problem) {
        std::vector<log::EventView> views = events.views();
        if (until_ && views.size() > *until_ - next_) views.resize(*until_ - next_);
        if (!views.empty()) {
            if (views.front().offset != next_) {
                problem = missing_in_words(topic_, next_, views.front().offset);
                return false;
            }
            if (std::exchange(is_away_, false)) fail(net::to_string(server_.endpoint) + ": connected again");
            pause_.reset();
            next_ += views.size();
            is_refused_ = !sink(views);
        }
        events.clear();
        return !is_done();
    }

    tl::expected<void, std::string> away(const std::string& how) {
        if (!std::exchange(is_away_, true)) fail(how + "; trying again");
        return {};
    }

    bool pause() {
        std::unique_lock lock{mutex_};
        woken_.wait_for(lock, pause_.next(), [this] { return is_interrupted_; });
        return !is_interrupted_;
    }

    void attach(BlockingConnection* connection) {
        const std::lock_guard lock{mutex_};
        connection_ = connection;
        if (is_interrupted_ && connection != nullptr) connection->interrupt();
    }

    bool is_interrupted() {
        const std::lock_guard lock{mutex_};
        return is_interrupted_;
    }

    const Remote server_;
    const std::string topic_;
    std::uint64_t next_ = 0;
    std::optional<std::uint64_t> until_;
    bool is_refused_ = false;  // by the sink
    bool is_away_ = false;     // the server, which has been told
    Backoff pause_;
    std::mutex mutex_;
    std::condition_variable woken_;
    bool is_interrupted_ = false;
    BlockingConnection* connection_ = nullptr;
};

}  // namespace

FeedPointer server_feed(const Remote& server, const std::string& topic) {
    return std::make_unique<ServerFeed>(server, topic);
}

}  // namespace station::final_station
