#include "http_replay.hpp"

#include <algorithm>
#include <charconv>
#include <station/log/event_json.hpp>
#include <utility>

#include "http_gate.hpp"
#include "server/async_flag.hpp"
#include "server/describe.hpp"
#include "server/session/control.hpp"
#include "server/session/subscription.hpp"

namespace station::final_station {
namespace {

constexpr std::string_view kNdjson = "application/x-ndjson";
constexpr std::uint64_t kMostEvents = 256;    // of one chunk
constexpr std::chrono::seconds kPatience{5};  // with a log that can't be read

struct ReadRequest {
    log::StartFrom from = log::StartFrom::beginning();
    std::uint64_t limit = 0;  // 0: up to the log's present end
    bool follow = false;
    std::string_view reason = "bad_parameter";
    std::string problem;
};

ReadRequest parse_read(const net::HttpRequest& request) {
    ReadRequest read;
    const std::string* const exclusive = request.parameter("exclusive");
    const auto edge = exclusive != nullptr && (*exclusive == "true" || *exclusive == "1") ? log::Edge::exclusive
                                                                                          : log::Edge::inclusive;
    if (const std::string* const text = request.parameter("from")) {
        const auto from = log::StartFrom::parse(*text, edge);
        if (!from) {
            read.problem = "from: " + from.error().detail;
            read.reason = from.error().of_time ? "bad_time" : "bad_parameter";
        }
        if (from) read.from = *from;
    }
    if (const std::string* const text = request.parameter("limit")) {
        const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), read.limit);
        if (error != std::errc{} || end != text->data() + text->size() || read.limit == 0) {
            read.problem = "limit must be a positive integer";
            read.reason = "bad_parameter";
        }
    }
    if (const std::string* const text = request.parameter("follow")) read.follow = *text == "true" || *text == "1";
    return read;
}

std::string chunk(std::string_view bytes) {
    char size[20];
    const auto [end, error] = std::to_chars(size, size + sizeof size, bytes.size(), 16);
    return std::string{size, end} + "\r\n" + std::string{bytes} + "\r\n";
}

// The events on their way to one client: a slow one slows down nothing but itself, and costs one batch of memory.
class Replay {
  public:
    Replay(HttpExchange& exchange, const log::Topic& topic, const ReadRequest& wanted, log::Cursor cursor,
           SubscriptionPlace place)
        : exchange_(exchange),
          wanted_(wanted),
          start_(cursor.start()),
          end_(start_.next_offset),
          subscription_(std::make_shared<Subscription>(exchange.thread, topic, std::move(cursor), std::move(place),
                                                       false, [this] { news_.raise(); })) {
        exchange_.on_abandoned([this] {
            abandoned_ = true;
            news_.raise();
        });
    }
    Replay(const Replay&) = delete;
    Replay& operator=(const Replay&) = delete;
    ~Replay() {
        exchange_.on_abandoned({});
        subscription_->end();
    }

    net::Awaitable<bool> run() {
        const std::string head = head_text();
        bool connected = co_await exchange_.send(head);
        if (exchange_.request.method == "HEAD") co_return (connected && chunked_);
        while (connected && whole_ && wants_more()) {
            std::string lines = next_lines();
            if (lines.empty() && !subscription_->waits()) continue;
            if (lines.empty()) {
                co_await news_.wait();
                whole_ = !abandoned_ || wanted_.follow;
                continue;
            }
            if (chunked_) lines = chunk(lines);
            connected = co_await exchange_.send(lines);
        }
        if (!whole_) {
            exchange_.cut_short = !chunked_;
            co_return false;
        }
        if (connected && chunked_) connected = co_await exchange_.send("0\r\n\r\n");
        co_return (connected && chunked_);
    }

  private:
    bool wants_more() const {
        if (wanted_.follow && abandoned_) return false;
        if (wanted_.limit != 0 && sent_ >= wanted_.limit) return false;
        return wanted_.follow || subscription_->position() < end_;
    }

    std::string head_text() const {
        exchange_.thread.station.counters.responded(200);
        std::string headers{kNotStored};
        headers += start_headers(start_);
        headers += kGuardHeaders;
        headers += kDataPolicy;
        headers += cors_headers(exchange_.thread.station, exchange_.request);
        headers += chunked_ ? "Transfer-Encoding: chunked\r\n" : "";
        headers += chunked_ && exchange_.keep_alive ? "" : "Connection: close\r\n";
        return net::http_head(200, kNdjson, std::nullopt, headers);
    }

    // Empty where there is nothing now. Where there will be nothing any more, the last line says why.
    std::string next_lines() {
        const log::Topic& topic = subscription_->topic();
        const std::uint64_t most = wanted_.limit == 0 ? kMostEvents : std::min(kMostEvents, wanted_.limit - sent_);
        const Subscription::Read read = subscription_->read({.events = most});
        if (read.error) last_error_ = read.error;
        const auto failing = subscription_->failing_since();
        whole_ = !subscription_->over() && !(failing && Clock::now() - *failing >= kPatience);
        if (!whole_) return read_error_text(topic, last_error_) + "\n";
        if (read.damage) return damage_text(topic, *read.damage) + "\n";
        std::string lines;
        const std::uint64_t before = sent_;
        for (const log::EventView& event : read.events) {
            if (!wanted_.follow && event.offset >= end_) break;
            log::append_event_json(lines, topic.name(), event);
            lines += '\n';
            ++sent_;
        }
        exchange_.thread.station.counters.delivered.fetch_add(sent_ - before, std::memory_order_relaxed);
        subscription_->release();
        return lines;
    }

    HttpExchange& exchange_;
    const ReadRequest& wanted_;
    const log::Start start_;
    const std::uint64_t end_;  // of the log when it began
    const bool chunked_ = !exchange_.request.http_1_0;
    std::shared_ptr<Subscription> subscription_;
    AsyncFlag news_;
    std::error_code last_error_;
    std::uint64_t sent_ = 0;
    bool abandoned_ = false;
    bool whole_ = true;
};

// Why a topic's events can't be read; empty where they can.
std::string read_refusal(const HttpExchange& exchange, std::string_view name, const ReadRequest& read) {
    if (!is_read(exchange.request)) return wrong_method(exchange, "GET, HEAD, POST");
    if (!log::is_topic_name(name)) {
        return refusal(exchange, 400, "bad_topic_name", "a topic's name is 1 to 128 of A-Z a-z 0-9 . _ -");
    }
    if (!exchange.thread.station.find(name)) return refusal(exchange, 404, "unknown_topic", "there is no such topic");
    return read.problem.empty() ? std::string{} : refusal(exchange, 400, read.reason, read.problem);
}

std::string come_back_later(const HttpExchange& exchange, std::string_view reason, std::string_view detail) {
    return refusal(exchange, 503, reason, detail, "Retry-After: 1\r\n");
}

}  // namespace

net::Awaitable<bool> replay(HttpExchange& exchange, std::string_view name) {
    Station& station = exchange.thread.station;
    const ReadRequest wanted = parse_read(exchange.request);
    std::string refused = read_refusal(exchange, name, wanted);
    if (!refused.empty()) co_return co_await exchange.send(refused);
    log::Topic topic = *station.find(name);
    SubscriptionPlace place = station.take_place();
    log::Cursor cursor = topic.subscribe(wanted.from);
    const std::error_code error = place ? locate(station, topic, cursor) : too_many_subscriptions_in_all();
    if (!place) {
        refused = come_back_later(exchange, reason_of(error), error.message());
    } else if (error) {
        refused = come_back_later(exchange, read_error_reason(topic, error), read_error_detail(topic, error));
    }
    if (!refused.empty()) co_return co_await exchange.send(refused);
    Replay under_way{exchange, topic, wanted, std::move(cursor), std::move(place)};
    co_return co_await under_way.run();
}

}  // namespace station::final_station
