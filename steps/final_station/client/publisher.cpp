#include "publisher.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <random>
#include <station/base/base64.hpp>
#include <station/base/utf8.hpp>
#include <station/wire/json.hpp>
#include <utility>

namespace station::final_station {
namespace {

constexpr std::uint64_t kMostInFlight = 1000;
constexpr std::size_t kMostUnsent = std::size_t{1} << 20;
// Larger texts could be more than a server takes in one message, and its limit can't be asked for. They go by HTTP.
constexpr std::size_t kLongestText = std::size_t{512} << 10;

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

std::string close_in_words(std::uint16_t code) {
    const std::string_view meaning = code == 1001   ? ": it is shutting down"
                                     : code == 1009 ? ": an event is larger than a message may be"
                                                    : "";
    return "the server closed the connection (" + std::to_string(code) + std::string{meaning} + ")";
}

}  // namespace

Publisher::Publisher(const Remote& server, std::string topic, const log::Headers& headers, bool keep_going,
                     OnAcknowledged on_acknowledged)
    : server_(server),
      topic_(std::move(topic)),
      end_of_text_(text_of_headers(headers) + "}"),
      has_headers_(!headers.empty()),
      keep_going_(keep_going),
      on_acknowledged_(std::move(on_acknowledged)) {}

tl::expected<void, std::string> Publisher::publish_all(EventSource& source) {
    std::string rest;
    if (auto upgraded = upgrade(connection_, server_, rest); !upgraded) return upgraded;
    socket_.feed(rest, *this);
    while (!done(source)) turn(source);
    if (!ended_) {
        socket_.close(net::CloseCode::normal);
        socket_.take_output(out_);
        connection_.send(std::string_view{out_}.substr(sent_bytes_));
    }
    if (problem_.empty()) problem_ = refusal_;
    if (problem_.empty()) return {};
    return tl::unexpected(problem_ + so_far());
}

// After a problem nothing more is sent, but what is under way may still be acknowledged.
bool Publisher::done(const EventSource& source) const {
    if (ended_) return true;
    return answered_ == sent_ && !has_large_ && (!problem_.empty() || source.at_end());
}

void Publisher::turn(EventSource& source) {
    take_from(source);
    socket_.take_output(out_);
    if (sent_bytes_ == out_.size() && done(source)) return;
    const bool wants_more = problem_.empty() && !has_large_ && sent_ - answered_ < kMostInFlight &&
                            out_.size() - sent_bytes_ < kMostUnsent && !source.at_end();
    const auto ready = connection_.wait(sent_bytes_ < out_.size(), wants_more ? source.descriptor() : -1);
    if (ready.write) {
        std::size_t sent = 0;
        std::error_code error;
        if (!connection_.try_send(std::string_view{out_}.substr(sent_bytes_), sent, error)) ended_ = true;
        sent_bytes_ += sent;
        if (sent_bytes_ == out_.size()) out_.clear();
        if (out_.empty()) sent_bytes_ = 0;
        if (ended_) receive();  // what it said before it went
    }
    if (ready.read && !ended_) receive();
    if (ready.other) source.read();
    if (ended_ && problem_.empty()) problem_ = net::to_string(server_.endpoint) + ": the server has gone";
}

void Publisher::take_from(EventSource& source) {
    std::string payload;
    while (problem_.empty() && !has_large_ && sent_ - answered_ < kMostInFlight &&
           out_.size() - sent_bytes_ < kMostUnsent && source.next(payload)) {
        if (!has_headers_ && payload.size() > kLongestText / 2) {
            large_ = std::move(payload);
            has_large_ = true;
        } else {
            send_text(payload);
        }
    }
    // By another connection, so it keeps its place only where it is alone.
    if (has_large_ && answered_ == sent_) {
        if (problem_.empty()) post(large_);
        has_large_ = false;
        large_ = {};
    }
}

void Publisher::send_text(const std::string& payload) {
    std::string text = R"({"type":"publish","topic":")" + topic_ + R"(",)" + member_of(payload) + end_of_text_;
    net::WebSocket::put_masked(out_, net::Opcode::text, log::as_bytes(text), random_mask());
    ++sent_;
}

void Publisher::post(const std::string& payload) {
    BlockingConnection once;
    const auto answer = http_post(once, server_, "/api/topics/" + topic_ + "/events", payload);
    ++sent_;
    ++answered_;
    if (!answer) return stop(answer.error());
    if (answer->status != 201) return refused(refusal_in_words(*answer));
    acknowledge(nlohmann::json::parse(answer->body));
    tell();
}

void Publisher::acknowledge(const nlohmann::json& answer) {
    ++acknowledged_;
    fresh_.push_back({answer.at("offset"), answer.at("id"), answer.at("time")});
}

void Publisher::tell() {
    if (!fresh_.empty()) on_acknowledged_(fresh_);
    fresh_.clear();
}

void Publisher::receive() {
    std::array<char, 65536> room;
    std::error_code error;
    const std::size_t bytes = connection_.receive(room, error);
    if (bytes > 0) socket_.feed({room.data(), bytes}, *this);
    tell();
    if (bytes == 0 || socket_.close_received()) {
        ended_ = true;
        const auto code = socket_.peer_close_code();
        if (code && problem_.empty()) problem_ = close_in_words(*code);
    }
}

void Publisher::on_text(std::string_view text) {
    const auto json = nlohmann::json::parse(text);
    const std::string type = json.at("type");
    if (type == "published") {
        ++answered_;
        acknowledge(json);
    } else if (type == "error") {
        ++answered_;
        refused(json.value("reason", "refused") + ": " + json.value("detail", ""));
    }
}

void Publisher::stop(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
}

void Publisher::refused(std::string reason) {
    if (!keep_going_) return stop(std::move(reason));
    if (refusal_.empty()) refusal_ = std::move(reason);
}

std::string Publisher::so_far() const {
    return "; of " + std::to_string(sent_) + (sent_ == 1 ? " event" : " events") + " sent, " +
           std::to_string(acknowledged_) + (acknowledged_ == 1 ? " was" : " were") + " acknowledged";
}

}  // namespace station::final_station
