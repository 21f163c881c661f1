#include "origin.hpp"

#include <algorithm>
#include <cctype>

namespace station::final_station {
namespace {

std::string lower(std::string_view text) {
    std::string result{text};
    std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

}  // namespace

bool origin_allowed(const OriginRules& rules, std::string_view given, std::string_view host, std::uint16_t port) {
    const std::string origin = lower(given);
    for (const std::string& allowed : rules.allowed) {
        if (allowed == "*" || lower(allowed) == origin) return true;
    }
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!origin.starts_with(scheme)) continue;
        const std::string_view authority = std::string_view{origin}.substr(scheme.size());
        if (!rules.loopback) return authority == lower(host);
        for (const std::string_view name : {"127.0.0.1", "localhost", "[::1]"}) {
            if (authority == std::string{name} + ":" + std::to_string(port)) return true;
            if (port == 80 && authority == name) return true;
        }
    }
    return false;
}

}  // namespace station::final_station
