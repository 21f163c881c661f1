#include <array>
#include <station/base/timestamp.hpp>
#include <station/log/retention_text.hpp>
#include <utility>

namespace station::log {

std::optional<std::chrono::nanoseconds> parse_age(std::string_view text) {
    // So long before nothing: what "ago:" takes is what this takes.
    const auto before = base::parse_time("ago:" + std::string{text}, 0);
    if (!before || *before >= 0) return std::nullopt;
    return std::chrono::nanoseconds{-*before};
}

std::string age_text(std::chrono::nanoseconds age) {
    constexpr std::array<std::pair<std::int64_t, const char*>, 4> kUnits{
        {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}}};
    const std::int64_t millis = age.count() / 1000000;
    for (const auto& [unit, name] : kUnits) {
        if (millis > 0 && millis % unit == 0) return std::to_string(millis / unit) + name;
    }
    return std::to_string(millis) + "ms";
}

std::string to_json(const Retention& retention) {
    const std::string bytes = retention.bytes ? std::to_string(*retention.bytes) : "null";
    const std::string age = retention.age ? '"' + age_text(*retention.age) + '"' : "null";
    const std::string nanos = retention.age ? std::to_string(retention.age->count()) : "null";
    return R"({"retain_bytes":)" + bytes + R"(,"retain_age":)" + age + R"(,"retain_age_ns":)" + nanos + "}";
}

}  // namespace station::log
