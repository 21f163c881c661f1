#include <algorithm>
#include <charconv>
#include <station/log/config.hpp>
#include <station/log/record.hpp>

namespace station::log {
namespace {

template <typename T>
bool parse_number(std::string_view text, T& value) {
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    return error == std::errc{} && rest == end;
}

}  // namespace

tl::expected<Durability, std::string> Durability::parse(std::string_view text) {
    if (text == "always") return Durability::always();
    if (text == "os") return Durability::os();
    constexpr std::string_view kBatch = "batch:";
    const auto comma = text.find(',');
    std::uint64_t events = 0;
    std::uint32_t millis = 0;
    if (!text.starts_with(kBatch) || comma == std::string_view::npos ||
        !parse_number(text.substr(kBatch.size(), comma - kBatch.size()), events) ||
        !parse_number(text.substr(comma + 1), millis) || events == 0 || millis == 0) {
        return tl::unexpected("expected always, batch:EVENTS,MILLIS or os, got " + std::string{text});
    }
    return Durability::batch(events, std::chrono::milliseconds{millis});
}

std::string Durability::to_text() const {
    if (mode == Mode::always) return "always";
    if (mode == Mode::os) return "os";
    return "batch:" + std::to_string(events) + "," + std::to_string(millis.count());
}

std::string BusConfig::problem() const {
    constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
    const auto outside = [](const char* name, std::uint64_t value, std::uint64_t low, std::uint64_t high) {
        if (value >= low && value <= high) return std::string{};
        return std::string{name} + " must be " + std::to_string(low) + " to " + std::to_string(high) + ", not " +
               std::to_string(value);
    };
    if (dir.empty()) return "dir must name a folder";
    for (const std::string& problem : {
             outside("segment_bytes", segment_bytes, 4096, 2 * kGiB),
             outside("index_stride", index_stride, 1, kGiB),
             outside("queue_capacity", queue_capacity, 1, 100'000'000),
             outside("max_payload", max_payload, 1, kMaxPayload),
             outside("max_headers", max_headers, 0, kMaxHeaders),
             outside("max_group", max_group, 1, kGiB),
             outside("zero_ahead", zero_ahead, 0, kGiB),
             outside("writer_threads", writer_threads, 0, 256),
             outside("max_threads", max_threads, 1, 4096),
             outside("durability.events", durability.events, 1, 1'000'000'000),
             outside("durability.millis", static_cast<std::uint64_t>(durability.millis.count()), 1, 3'600'000),
         }) {
        if (!problem.empty()) return problem;
    }
    return {};
}

bool is_topic_name(std::string_view name) {
    const auto allowed = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    };
    return !name.empty() && name.size() <= kMaxTopicName && name.front() != '.' &&
           std::all_of(name.begin(), name.end(), allowed);
}

}  // namespace station::log
