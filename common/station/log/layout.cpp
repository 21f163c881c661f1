#include <charconv>
#include <cstdio>
#include <station/log/layout.hpp>

namespace station::log {
namespace {

std::string numbered(std::uint32_t number, const char* extension) {
    char name[32];
    std::snprintf(name, sizeof name, "log-%08u.%s", number, extension);
    return name;
}

}  // namespace

std::string segment_file_name(std::uint32_t number) { return numbered(number, "seg"); }
std::string index_file_name(std::uint32_t number) { return numbered(number, "idx"); }

std::optional<std::uint32_t> segment_number(std::string_view file_name) {
    constexpr std::string_view kPrefix = "log-";
    if (!file_name.starts_with(kPrefix)) return std::nullopt;
    std::uint32_t number = 0;
    const std::string_view rest = file_name.substr(kPrefix.size());
    if (std::from_chars(rest.data(), rest.data() + rest.size(), number).ec != std::errc{}) return std::nullopt;
    if (number == 0 || segment_file_name(number) != file_name) return std::nullopt;
    return number;
}

}  // namespace station::log
