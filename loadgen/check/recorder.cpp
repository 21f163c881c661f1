#include <loadgen/check/recorder.hpp>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <sstream>
#include <station/net/utf8.hpp>

namespace station::check {
namespace {

using Json = nlohmann::ordered_json;
using What = TraceEvent::What;

constexpr std::array<const char*, 7> kWhat{"connected", "sent", "received", "half_closed", "closed", "reset", "ended"};
constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool is_utf8(std::string_view bytes) {
    net::Utf8Check check;
    return check.feed(bytes) && check.complete();
}

std::string to_base64(std::string_view bytes) {
    std::string text;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char byte : bytes) {
        bits = (bits << 8) | static_cast<std::uint8_t>(byte);
        for (count += 8; count >= 6; count -= 6) text += kDigits[(bits >> (count - 6)) & 63];
    }
    if (count > 0) text += kDigits[(bits << (6 - count)) & 63];
    while (text.size() % 4 != 0) text += '=';
    return text;
}

std::string from_base64(std::string_view text) {
    std::string bytes;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char digit : text.substr(0, text.find('='))) {
        const auto value = kDigits.find(digit);
        if (value == std::string_view::npos) break;
        bits = (bits << 6) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes += static_cast<char>((bits >> count) & 255);
    }
    return bytes;
}

}  // namespace

bool Recorder::knows(std::string_view connection) {
    if (connections_.contains(connection)) return true;
    if (connections_.size() >= limits_.connections) return false;
    connections_.emplace(connection);
    return true;
}

void Recorder::note(std::string_view connection, What what, std::string_view bytes) {
    const auto now = std::chrono::steady_clock::now() - begin_;
    const std::lock_guard lock{mutex_};
    full_ = full_ || bytes_ + bytes.size() > limits_.bytes;
    if (full_ || !knows(connection)) {
        trace_.bytes_left_out += bytes.size();
        return;
    }
    bytes_ += bytes.size();
    trace_.events.push_back({std::chrono::duration_cast<std::chrono::microseconds>(now).count(),
                             std::string{connection}, what, std::string{bytes}});
}

Trace Recorder::trace() const {
    const std::lock_guard lock{mutex_};
    return trace_;
}

std::string to_lines(const Trace& trace) {
    std::string lines;
    for (const TraceEvent& event : trace.events) {
        Json line{{"at", event.at}, {"on", event.connection}, {"what", kWhat[static_cast<std::size_t>(event.what)]}};
        if (!event.bytes.empty()) {
            const bool is_text = is_utf8(event.bytes);
            line[is_text ? "text" : "base64"] = is_text ? event.bytes : to_base64(event.bytes);
        }
        lines += line.dump() + "\n";
    }
    return lines;
}

std::vector<TraceEvent> parse_lines(const std::string& text) {
    std::vector<TraceEvent> events;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        const auto json = Json::parse(line, nullptr, false);
        if (!json.is_object()) return {};
        const auto what = std::find(kWhat.begin(), kWhat.end(), json.value("what", ""));
        if (what == kWhat.end()) return {};
        TraceEvent event{json.value("at", std::int64_t{0}), json.value("on", ""),
                         static_cast<What>(what - kWhat.begin()), json.value("text", "")};
        if (json.contains("base64")) event.bytes = from_base64(json.value("base64", ""));
        events.push_back(std::move(event));
    }
    return events;
}

}  // namespace station::check
