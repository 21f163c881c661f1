#include "http_replay.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <station/base/numbers.hpp>
#include <station/net/http_coding.hpp>
#include <utility>

#include "http_gate.hpp"
#include "ndjson_line.hpp"
#include "server/async_flag.hpp"
#include "server/describe.hpp"
#include "server/session/control.hpp"
#include "server/session/subscription.hpp"

namespace station::final_station {
namespace {

constexpr std::string_view kNdjson = "application/x-ndjson";
constexpr std::chrono::seconds kPatience{5};  // with a log that can't be read
constexpr std::chrono::seconds kSilence{15};  // of a stream that follows; proxies cut what says nothing for longer

// What one client makes the server hold is a chunk, of less than 256 KiB whatever its events are: a batch of events is
// begun in it where it is shorter than kEnough, and has at most six bytes of JSON for each of the log's, and what is
// around a payload. An event that is larger than a batch comes in chunks of its own. For who prefers gzip each
// chunk is a piece of it: a connection that waits holds no compressor, and no event waits inside of one.
constexpr std::uint64_t kMostEvents = 256;                 // of one batch
constexpr std::size_t kBatch = std::size_t{24} << 10;      // bytes of the log
constexpr std::size_t kEnough = std::size_t{24} << 10;     // bytes of JSON
constexpr std::size_t kChunkFull = std::size_t{64} << 10;  // of an event in pieces
constexpr std::string_view kSizeRoom{"ffffffff\r\n"};      // in front of a chunk

struct ReadRequest {
    log::StartFrom from = log::StartFrom::beginning();
    std::uint64_t limit = 0;  // 0: up to the log's present end
    bool follow = false;
    std::string_view reason = "bad_parameter";
    std::string problem;
};

// nullopt: neither of both.
std::optional<bool> read_switch(const std::string* text) {
    if (text == nullptr || *text == "false" || *text == "0") return false;
    return *text == "true" || *text == "1" ? std::optional{true} : std::nullopt;
}

ReadRequest parse_read(const net::HttpRequest& request) {
    ReadRequest read;
    const auto exclusive = read_switch(request.parameter("exclusive"));
    const auto follow = read_switch(request.parameter("follow"));
    if (!exclusive) read.problem = "exclusive must be true, false, 1 or 0";
    if (!follow) read.problem = "follow must be true, false, 1 or 0";
    read.follow = follow.value_or(false);
    if (const std::string* const text = request.parameter("from")) {
        const auto edge = exclusive.value_or(false) ? log::Edge::exclusive : log::Edge::inclusive;
        const auto from = log::StartFrom::parse(*text, edge);
        if (!from) {
            read.problem = "from: " + from.error().detail;
            read.reason = from.error().of_time ? "bad_time" : "bad_parameter";
        }
        if (from) read.from = *from;
    }
    if (const std::string* const text = request.parameter("limit")) {
        read.limit = base::parse_number<std::uint64_t>(*text).value_or(0);
        if (read.limit == 0) {
            read.problem = "limit must be a positive integer";
            read.reason = "bad_parameter";
        }
    }
    return read;
}

// The events on their way to one client: a slow one slows down nothing but itself, and costs one chunk of memory, and
// an event that is larger than that. Where all clients together keep too much, such an answer ends before its end.
class Replay final : public EndlessAnswer {
  public:
    Replay(HttpExchange& exchange, const engine::Topic& topic, const ReadRequest& wanted, engine::Cursor cursor,
           SubscriptionPlace place)
        : exchange_(exchange),
          wanted_(wanted),
          start_(cursor.start()),
          end_(start_.next_offset),
          silence_(std::min<Clock::duration>(kSilence, exchange.thread.station.limits.ping_interval)),
          subscription_(std::make_shared<Subscription>(exchange.thread, topic, std::move(cursor), std::move(place),
                                                       EventForm::text, [this] { news_.raise(); })) {
        exchange_.under_way = this;
    }
    Replay(const Replay&) = delete;
    Replay& operator=(const Replay&) = delete;
    ~Replay() {
        exchange_.under_way = nullptr;
        subscription_->end();
    }

    net::Awaitable<bool> run() {
        const std::string head = head_text();
        bool connected = co_await exchange_.send(head);
        if (exchange_.request.method == "HEAD") co_return (connected && chunked_);
        while (connected && whole_ && (line_ || wants_more())) {
            fill();
            if (chunk_.size() > kSizeRoom.size()) {
                if (coded_) code();
                connected = co_await exchange_.send(finished_chunk());
            } else if (subscription_->waits()) {
                co_await wait();
            }
        }
        if (!whole_) {
            exchange_.cut_short = !chunked_;
            co_return false;
        }
        const std::string end = end_text();
        if (connected && !end.empty()) connected = co_await exchange_.send(end);
        co_return (connected && chunked_);
    }

    void abandon() override {
        abandoned_ = true;
        news_.raise();
    }
    void tick(Clock::time_point now) override {
        if (!wanted_.follow || !waiting_ || now - waits_since_ < silence_) return;
        silent_ = true;
        news_.raise();
    }

  private:
    bool wants_more() const {
        if (wanted_.follow && abandoned_) return false;
        if (wanted_.limit != 0 && sent_ >= wanted_.limit) return false;
        return wanted_.follow || subscription_->position() < end_;
    }

    // Who waits holds no buffer.
    net::Awaitable<void> wait() {
        chunk_ = {};
        waiting_ = true;
        waits_since_ = Clock::now();
        co_await news_.wait();
        waiting_ = false;
        whole_ = !abandoned_ || wanted_.follow;
    }

    std::string head_text() const {
        exchange_.thread.station.counters.responded(200);
        std::string headers{kNotStored};
        headers += start_headers(start_);
        headers += kGuardHeaders;
        headers += kDataPolicy;
        headers += cors_headers(exchange_.thread.station, exchange_.request, kVariesByCoding);
        headers += coded_ ? kGzipCoded : "";
        headers += chunked_ ? "Transfer-Encoding: chunked\r\n" : "";
        headers += chunked_ && exchange_.keep_alive ? "" : "Connection: close\r\n";
        return net::http_head(200, kNdjson, std::nullopt, headers);
    }

    // Leaves nothing but the room for the size where there is nothing now. Where there will be nothing any more, the
    // last line says why.
    void fill() {
        chunk_.assign(kSizeRoom);
        if (std::exchange(silent_, false)) chunk_ += '\n';
        if (line_) return go_on_with_line();
        while (whole_ && wants_more() && chunk_.size() < kEnough && put_batch()) {
        }
    }

    // False where there are no more events now.
    bool put_batch() {
        const engine::Topic& topic = subscription_->topic();
        const std::uint64_t most = wanted_.limit == 0 ? kMostEvents : std::min(kMostEvents, wanted_.limit - sent_);
        const Subscription::Read read = subscription_->read({.events = most, .bytes = kBatch});
        if (read.error) last_error_ = read.error;
        const auto failing = subscription_->failing_since();
        whole_ = !subscription_->over() && !(failing && Clock::now() - *failing >= kPatience);
        if (!whole_) {
            chunk_ += read_error_text(topic, last_error_) + "\n";
        } else if (read.lost) {
            chunk_ += lost_text(topic, *read.lost) + "\n";
        } else if (read.damage) {
            chunk_ += damage_text(topic, *read.damage) + "\n";
        } else {
            put_events(read.events);
        }
        return whole_ && !line_ && (read.damage || read.lost || !read.events.empty());
    }

    void put_events(engine::Cursor::Batch events) {
        auto& delivered = exchange_.thread.station.counters.delivered;
        for (const log::EventView& event : events) {
            if (!wanted_.follow && event.offset >= end_) break;
            ++sent_;
            delivered.fetch_add(1, std::memory_order_relaxed);
            line_.emplace(subscription_->topic().name(), event);
            // Only an event that is a batch of its own is larger than a chunk.
            if (!line_->put(chunk_, events.size() == 1 ? kChunkFull : std::string::npos)) return keep(event);
            line_.reset();
        }
        subscription_->release();
    }

    // Until all of it has gone out.
    void keep(const log::EventView& event) {
        kept_.set(event.size());
        whole_ = !kept_.must_wait();
    }

    void go_on_with_line() {
        if (!line_->put(chunk_, kChunkFull)) return;
        line_.reset();
        kept_.set(0);
        subscription_->release();
    }

    // The plain bytes are let go before the coded ones are sent: who does not read holds those alone.
    void code() {
        std::string coded{kSizeRoom};
        gzip_.add(std::string_view{chunk_}.substr(kSizeRoom.size()), coded);
        chunk_ = std::move(coded);
    }

    // What makes the answer a whole one; empty where the connection's end does.
    std::string end_text() {
        std::string end;
        if (coded_) {
            chunk_.assign(kSizeRoom);
            gzip_.finish(chunk_);
            end = finished_chunk();
        }
        if (chunked_) end += "0\r\n\r\n";
        return end;
    }

    // The size stands right in front of what it tells.
    std::string_view finished_chunk() {
        if (!chunked_) return std::string_view{chunk_}.substr(kSizeRoom.size());
        std::array<char, 16> digits;
        const auto written = std::to_chars(digits.begin(), digits.end(), chunk_.size() - kSizeRoom.size(), 16);
        const auto size = static_cast<std::size_t>(written.ptr - digits.begin());
        const std::size_t at = kSizeRoom.size() - 2 - size;
        chunk_.replace(at, size, digits.data(), size);
        chunk_ += "\r\n";
        return std::string_view{chunk_}.substr(at);
    }

    HttpExchange& exchange_;
    const ReadRequest& wanted_;
    const log::Start start_;
    const std::uint64_t end_;  // of the log when it began
    const Clock::duration silence_;
    const bool chunked_ = !exchange_.request.http_1_0;
    const bool coded_ = net::prefers_gzip(exchange_.request);
    std::shared_ptr<Subscription> subscription_;
    AsyncFlag news_;
    std::string chunk_;
    net::GzipPieces gzip_;
    std::optional<NdjsonLine> line_;  // of an event that is on its way in pieces
    MemoryAccount::Share kept_{exchange_.thread.station.memory};
    std::error_code last_error_;
    std::uint64_t sent_ = 0;
    Clock::time_point waits_since_;
    bool waiting_ = false;
    bool silent_ = false;  // a line without an event is due
    bool abandoned_ = false;
    bool whole_ = true;
};

// Why a topic's events can't be read; empty where they can.
std::string read_refusal(const HttpExchange& exchange, std::string_view name, const ReadRequest& read) {
    if (!log::is_topic_name(name)) {
        return exchange.refusal(400, "bad_topic_name", "a topic's name is 1 to 128 of A-Z a-z 0-9 . _ -");
    }
    if (!exchange.thread.station.find(name)) return exchange.refusal(404, "unknown_topic", "there is no such topic");
    return read.problem.empty() ? std::string{} : exchange.refusal(400, read.reason, read.problem);
}

std::string come_back_later(const HttpExchange& exchange, std::string_view reason, std::string_view detail) {
    return exchange.refusal(503, reason, detail, "Retry-After: 1\r\n");
}

// A cursor on its way to its place. The shared part outlives the coroutine, should that go first.
class PlaceSearch final : public EndlessAnswer {
  public:
    explicit PlaceSearch(EndlessAnswer*& under_way) : under_way_(under_way) { under_way_ = this; }
    PlaceSearch(const PlaceSearch&) = delete;
    PlaceSearch& operator=(const PlaceSearch&) = delete;
    ~PlaceSearch() { under_way_ = nullptr; }

    net::Awaitable<Located> run(IoThread& thread, const engine::Topic& topic, const log::StartFrom& from) {
        locate(thread, topic, from, [answer = answer_](Located cursor) {
            answer->cursor.emplace(std::move(cursor));
            answer->came.raise();
        });
        co_await answer_->came.wait();
        co_return *std::move(answer_->cursor);
    }
    bool abandoned() const { return abandoned_; }

    void abandon() override { abandoned_ = true; }
    void tick(Clock::time_point) override {}

  private:
    struct Answer {
        std::optional<Located> cursor;
        AsyncFlag came;
    };
    EndlessAnswer*& under_way_;
    const std::shared_ptr<Answer> answer_ = std::make_shared<Answer>();
    bool abandoned_ = false;
};

}  // namespace

net::Awaitable<bool> replay(HttpExchange& exchange) {
    Station& station = exchange.thread.station;
    const std::string& name = exchange.path.at("name");
    const ReadRequest wanted = parse_read(exchange.request);
    std::string refused = read_refusal(exchange, name, wanted);
    if (!refused.empty()) co_return co_await exchange.send(refused);
    const engine::Topic topic = *station.find(name);
    SubscriptionPlace place = station.take_place();
    if (!place) {
        const std::error_code error = too_many_subscriptions_in_all();
        refused = come_back_later(exchange, reason_of(error), error.message());
        co_return co_await exchange.send(refused);
    }
    std::optional<PlaceSearch> search{exchange.under_way};
    Located cursor = co_await search->run(exchange.thread, topic, wanted.from);
    const bool abandoned = search->abandoned();
    search.reset();
    if (!cursor) {
        const std::string_view reason = read_error_reason(topic, cursor.error());
        refused = come_back_later(exchange, reason, read_error_detail(topic, cursor.error()));
        co_return co_await exchange.send(refused);
    }
    Replay under_way{exchange, topic, wanted, *std::move(cursor), std::move(place)};
    if (abandoned) under_way.abandon();
    co_return co_await under_way.run();
}

}  // namespace station::final_station
