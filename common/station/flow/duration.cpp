#include <station/flow/duration.hpp>

#include <charconv>

namespace station::flow {

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    const std::string_view unit{rest, static_cast<std::size_t>(end - rest)};
    const double scale = unit == "ns"                  ? 1
                         : unit == "us"                ? 1e3
                         : unit == "ms"                ? 1e6
                         : unit == "s" || unit.empty() ? 1e9
                         : unit == "m"                 ? 60e9
                                                       : 0;
    constexpr double kDay = 24 * 3600e9;
    const double nanoseconds = number * scale;
    if (error != std::errc{} || scale == 0 || !(nanoseconds >= 0 && nanoseconds <= kDay)) return std::nullopt;
    return std::chrono::nanoseconds{static_cast<std::chrono::nanoseconds::rep>(nanoseconds)};
}

}  // namespace station::flow
