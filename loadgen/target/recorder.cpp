#include <loadgen/target/recorder.hpp>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <sstream>
#include <station/base/base64.hpp>
#include <station/base/utf8.hpp>

namespace station::target {
namespace {

using Json = nlohmann::ordered_json;
using What = TraceEvent::What;

constexpr std::array<const char*, 7> kWhat{"connected", "sent", "received", "half_closed", "closed", "reset", "ended"};
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
            const bool is_text = base::is_utf8(event.bytes);
            line[is_text ? "text" : "base64"] = is_text ? event.bytes : base::base64(event.bytes);
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
        if (json.contains("base64")) event.bytes = base::decode_base64(json.value("base64", "")).value_or("");
        events.push_back(std::move(event));
    }
    return events;
}

}  // namespace station::target
