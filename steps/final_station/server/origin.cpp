#include "origin.hpp"

#include <algorithm>
#include <station/base/addresses.hpp>
#include <station/base/text.hpp>

namespace station::final_station {
namespace {

// "app.example:9000" → "app.example", "[::1]:9000" → "::1"; a dot at the end of a name says nothing (RFC 1034).
std::string name_of(std::string_view authority) {
    if (authority.starts_with('[')) {
        return base::lower(authority.substr(1, std::min(authority.find(']'), authority.size()) - 1));
    }
    std::string name = base::lower(authority.substr(0, authority.find(':')));
    if (name.ends_with('.')) name.pop_back();
    return name;
}

bool host_named(const OriginRules& rules, const std::string& name) {
    if (!rules.own_host.empty() && base::equal_in_either_case(rules.own_host, name)) return true;
    return std::ranges::any_of(rules.hosts,
                               [&](const std::string& one) { return base::equal_in_either_case(one, name); });
}

std::string_view authority_of(std::string_view origin) {
    const auto scheme = origin.find("://");
    return scheme == std::string_view::npos ? std::string_view{} : origin.substr(scheme + 3);
}

}  // namespace

bool origin_named(const OriginRules& rules, std::string_view given) {
    return std::ranges::any_of(rules.allowed, [&](const std::string& one) {
        return one == "*" || base::equal_in_either_case(one, given);
    });
}

bool origin_allowed(const OriginRules& rules, std::string_view given, std::string_view host) {
    if (origin_named(rules, given)) return true;
    const std::string origin = base::lower(given);
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!origin.starts_with(scheme)) continue;
        const std::string_view authority = std::string_view{origin}.substr(scheme.size());
        if (!rules.loopback || host_named(rules, name_of(host))) {
            if (authority == base::lower(host)) return true;
        }
        if (!rules.loopback) continue;
        for (const std::string_view name : {"127.0.0.1", "localhost", "[::1]"}) {
            if (authority == std::string{name} + ":" + std::to_string(rules.port)) return true;
            if (rules.port == 80 && authority == name) return true;
        }
    }
    return false;
}

bool host_allowed(const OriginRules& rules, std::string_view host) {
    if (!rules.loopback && rules.hosts.empty()) return true;
    const std::string name = name_of(host);
    if (name.find('.') == std::string::npos || name.ends_with(".localhost") || base::is_ip_address(name)) return true;
    const auto origins = [&](const std::string& one) { return one == "*" || name_of(authority_of(one)) == name; };
    return host_named(rules, name) || std::ranges::any_of(rules.allowed, origins);
}

}  // namespace station::final_station
