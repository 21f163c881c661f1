#include "publisher.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
#include <station/base/base64.hpp>
#include <station/base/utf8.hpp>
#include <station/wire/json.hpp>
#include <thread>
#include <utility>

#include "backoff.hpp"

namespace station::final_station {
namespace {

constexpr std::uint64_t kMostInFlight = 1000;
constexpr std::size_t kMostUnsent = std::size_t{1} << 20;
// Larger texts could be more than a server takes in one message, and its limit can't be asked for. They go by HTTP.
constexpr std::size_t kLongestText = std::size_t{512} << 10;
// What a publisher that retries keeps, so that it can.
constexpr std::size_t kMostUnanswered = std::size_t{64} << 20;

constexpr int kCreated = 201;

std::string text_of_headers(const log::Headers& headers) {
    std::string text;
    for (const auto& [key, value] : headers) {
        text += (text.empty() ? "" : ",") + ('"' + wire::escape_json(key)) + "\":\"" + wire::escape_json(value) + '"';
    }
    return text.empty() ? text : ",\"headers\":{" + text + "}";
}

std::uint32_t random_mask() {
    static std::mt19937 random{std::random_device{}()};
    return static_cast<std::uint32_t>(random());
}

// "payload":"…", or "payload_base64":"…" where that is the only way, or the shorter one.
std::string member_of(const std::string& payload) {
    const std::size_t coded = (payload.size() + 2) / 3 * 4;
    if (base::is_utf8(payload)) {
        std::string escaped = wire::escape_json(payload);
        if (escaped.size() <= std::max<std::size_t>(coded, 256)) return "\"payload\":\"" + escaped + '"';
    }
    return "\"payload_base64\":\"" + base::base64(payload) + '"';
}

// A server that closes with one of these has not said no.
bool passes(std::uint16_t code) {
    using enum net::CloseCode;
    return code == static_cast<std::uint16_t>(going_away) || code == static_cast<std::uint16_t>(internal_error) ||
           code == static_cast<std::uint16_t>(try_again_later);
}

std::string close_in_words(std::uint16_t code) {
    const std::string_view meaning = code == 1001   ? ": it is shutting down"
                                     : code == 1009 ? ": an event is larger than a message may be"
                                                    : "";
    return "the server closed the connection (" + std::to_string(code) + std::string{meaning} + ")";
}

}  // namespace

Publisher::Publisher(const Remote& server, const PublisherOptions& options, Reports reports)
    : server_(server),
      options_(options),
      end_of_text_(text_of_headers(options.headers) + "}"),
      reports_(std::move(reports)) {}

tl::expected<void, std::string> Publisher::publish_all(EventSource& source) {
    Backoff pause;
    connect();
    while (true) {
        const std::uint64_t before = answered_;
        while (!done(source)) turn(source);
        if (lost_.empty() || !problem_.empty() || (sent_ > 0 && is_complete(source))) break;
        if (!options_.retry) {
            stop(lost_);
            break;
        }
        prepare_again();
        if (answered_ != before) pause.reset();
        std::this_thread::sleep_for(pause.next());
        connect();
    }
    if (!ended_) {
        socket_.close(net::CloseCode::normal);
        socket_.take_output(out_);
        connection_.send(std::string_view{out_}.substr(sent_bytes_));
    }
    if (problem_.empty()) return {};
    return tl::unexpected(problem_ + so_far());
}

void Publisher::connect() {
    lost_.clear();
    out_.clear();
    sent_bytes_ = 0;
    socket_ = net::WebSocket{net::WebSocket::Role::client};
    std::string rest;
    if (const auto upgraded = upgrade(connection_, server_, rest); !upgraded) {
        return upgraded.error().passes ? lose(upgraded.error().what) : stop(upgraded.error().what);
    }
    ended_ = false;
    if (std::exchange(is_away_, false)) reports_.connection(net::to_string(server_.endpoint) + ": connected again");
    socket_.feed(rest, *this);
}

// What nobody has answered comes before anything new.
void Publisher::prepare_again() {
    const std::size_t doubtful = unanswered_.size();
    sent_ -= doubtful;
    if (has_large_) unanswered_.push_back(std::move(large_));
    has_large_ = false;
    again_.insert(again_.begin(), std::make_move_iterator(unanswered_.begin()),
                  std::make_move_iterator(unanswered_.end()));
    unanswered_.clear();
    unanswered_bytes_ = 0;
    if (std::exchange(is_away_, true)) return;
    std::string news = lost_ + "; trying again";
    if (doubtful == 1) news += "; 1 event was not acknowledged, is sent again, and may then be there twice";
    if (doubtful > 1) {
        news += "; " + std::to_string(doubtful) +
                " events were not acknowledged, are sent again, and may then be there twice";
    }
    reports_.connection(news);
}

bool Publisher::is_complete(const EventSource& source) const {
    return answered_ == sent_ && !has_large_ && again_.empty() && source.at_end();
}

// After a problem nothing more is sent, but what is under way may still be acknowledged.
bool Publisher::done(const EventSource& source) const {
    return ended_ || is_complete(source) || (!problem_.empty() && answered_ == sent_ && !has_large_);
}

bool Publisher::may_take() const {
    return problem_.empty() && !has_large_ && !ended_ && sent_ - answered_ < kMostInFlight &&
           out_.size() - sent_bytes_ < kMostUnsent && unanswered_bytes_ < kMostUnanswered;
}

void Publisher::turn(EventSource& source) {
    take_from(source);
    socket_.take_output(out_);
    if (ended_ || (sent_bytes_ == out_.size() && done(source))) return;
    const bool wants_more = may_take() && !source.at_end();
    const auto ready = connection_.wait(sent_bytes_ < out_.size(), wants_more ? source.descriptor() : -1);
    if (ready.write) {
        std::size_t sent = 0;
        std::error_code error;
        const bool gone = !connection_.try_send(std::string_view{out_}.substr(sent_bytes_), sent, error);
        sent_bytes_ += sent;
        if (sent_bytes_ == out_.size()) out_.clear();
        if (out_.empty()) sent_bytes_ = 0;
        if (gone) {
            receive();  // what it said before it went
            if (!ended_) lose(gone_in_words());
        }
    }
    if (ready.read && !ended_) receive();
    if (ready.other) source.read();
}

bool Publisher::next(EventSource& source, std::string& payload) {
    if (again_.empty()) return source.next(payload);
    payload = std::move(again_.front());
    again_.pop_front();
    return true;
}

void Publisher::take_from(EventSource& source) {
    std::string payload;
    while (may_take() && next(source, payload)) {
        if (options_.headers.empty() && payload.size() > kLongestText / 2) {
            large_ = std::move(payload);
            has_large_ = true;
        } else {
            send_text(std::move(payload));
        }
    }
    // By another connection, so it keeps its place only where it is alone.
    if (has_large_ && answered_ == sent_) {
        if (problem_.empty()) return post();
        has_large_ = false;
        large_ = {};
    }
}

void Publisher::send_text(std::string payload) {
    std::string text = R"({"type":"publish","topic":")" + options_.topic + R"(",)" + member_of(payload) + end_of_text_;
    net::WebSocket::put_masked(out_, net::Opcode::text, log::as_bytes(text), random_mask());
    ++sent_;
    if (!options_.retry) return;
    unanswered_bytes_ += payload.size();
    unanswered_.push_back(std::move(payload));
}

void Publisher::post() {
    BlockingConnection once;
    const auto answer = http_post(once, server_, "/api/topics/" + options_.topic + "/events", large_);
    if (!answer && answer.error().passes && options_.retry) return lose(answer.error().what);
    has_large_ = false;
    large_ = {};
    ++sent_;
    ++answered_;
    if (!answer) return stop(answer.error().what);
    if (answer->status != kCreated) return refuse(refusal_in_words(*answer));
    acknowledge(nlohmann::json::parse(answer->body));
    tell();
}

// Answers come in the order of what they answer.
void Publisher::answered() {
    ++answered_;
    if (unanswered_.empty()) return;
    unanswered_bytes_ -= unanswered_.front().size();
    unanswered_.pop_front();
}

void Publisher::acknowledge(const nlohmann::json& answer) {
    ++acknowledged_;
    fresh_.push_back({answer.at("offset"), answer.at("id"), answer.at("time")});
}

void Publisher::tell() {
    if (!fresh_.empty()) reports_.acknowledged(fresh_);
    fresh_.clear();
}

void Publisher::receive() {
    std::array<char, 65536> room;
    std::error_code error;
    const std::size_t bytes = connection_.receive(room, error);
    if (bytes > 0) socket_.feed({room.data(), bytes}, *this);
    tell();
    if (bytes > 0 && !socket_.close_received()) return;
    const auto code = socket_.peer_close_code();
    ended_ = true;
    if (code && !passes(*code)) return stop(close_in_words(*code));
    lose(code ? close_in_words(*code) : gone_in_words());
}

void Publisher::on_text(std::string_view text) {
    const auto json = nlohmann::json::parse(text);
    const std::string type = json.at("type");
    if (type == "published") {
        answered();
        acknowledge(json);
    } else if (type == "error") {
        answered();
        refuse(json.value("reason", "refused") + ": " + json.value("detail", ""));
    }
}

std::string Publisher::gone_in_words() const { return net::to_string(server_.endpoint) + ": the server has gone"; }

void Publisher::lose(std::string how) {
    ended_ = true;
    lost_ = std::move(how);
}

void Publisher::stop(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
}

void Publisher::refuse(const std::string& reason) {
    ++refusals_;
    if (options_.keep_going) return reports_.refused(answered_, reason);
    if (problem_.empty()) refused_number_ = answered_;
    stop(reason);
}

std::string Publisher::so_far() const {
    if (sent_ == 0) return {};
    return "; of " + std::to_string(sent_) + (sent_ == 1 ? " event" : " events") + " sent, " +
           std::to_string(acknowledged_) + (acknowledged_ == 1 ? " was" : " were") + " acknowledged";
}

}  // namespace station::final_station
