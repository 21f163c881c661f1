#include <algorithm>
#include <station/base/numbers.hpp>
#include <station/base/text.hpp>
#include <station/net/http_target.hpp>

namespace station::net {
namespace {

constexpr unsigned kMaxPort = 65535;

// In a query a plus sign is a space, as browsers write their forms (application/x-www-form-urlencoded).
enum class Plus { stays, is_space };

std::optional<std::string> decoded(std::string_view text, Plus plus) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (text.size() - i < 3) return std::nullopt;
            const auto value = base::parse_number<unsigned>(text.substr(i + 1, 2), 16);
            if (value.value_or(0) == 0) return std::nullopt;
            plain += static_cast<char>(*value);
            i += 2;
        } else {
            plain += text[i] == '+' && plus == Plus::is_space ? ' ' : text[i];
        }
    }
    return plain;
}

bool parse_query(std::string_view text, HttpRequest& request) {
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), pair.size() + 1));
        if (pair.empty()) continue;
        const std::size_t equals = pair.find('=');
        auto name = decoded(pair.substr(0, equals), Plus::is_space);
        auto value = decoded(equals == std::string_view::npos ? "" : pair.substr(equals + 1), Plus::is_space);
        if (!name || !value) return false;
        request.query.emplace_back(std::move(*name), std::move(*value));
    }
    return true;
}

// RFC 3986, 3.2.2, without percent signs, sub-delimiters and zones: nobody reaches this server by such a name.
bool is_host_name(std::string_view text) {
    const bool address = text.starts_with('[') && text.ends_with(']');
    if (address) text = text.substr(1, text.size() - 2);
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return address ? base::is_alphanumeric(c) || c == ':' || c == '.'
                       : base::is_alphanumeric(c) || c == '-' || c == '.' || c == '_';
    });
}

// "host", "host:80", "[::1]:80"; without a user's name in front (RFC 9110, 4.2.4).
bool is_authority(std::string_view text, bool needs_port) {
    const std::size_t colon = text.find(':', text.starts_with('[') ? text.find(']') : 0);
    if (!is_host_name(text.substr(0, colon))) return false;
    if (colon == std::string_view::npos) return !needs_port;
    return base::parse_number<unsigned>(text.substr(colon + 1)).value_or(kMaxPort + 1) <= kMaxPort;
}

// Cuts scheme and authority off an absolute-form; false where there are none.
bool cut_origin(std::string_view& target) {
    const std::size_t colon = target.find("://");
    const std::string scheme = base::lower(target.substr(0, colon));
    if (colon == std::string_view::npos || (scheme != "http" && scheme != "https")) return false;
    target.remove_prefix(colon + 3);
    const std::string_view authority = target.substr(0, target.find_first_of("/?"));
    target.remove_prefix(authority.size());
    return is_authority(authority, false);
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) { return decoded(text, Plus::stays); }

bool parse_target(std::string_view target, HttpRequest& request) {
    if (request.method == "CONNECT") {
        request.path = request.raw_path = "/";
        return is_authority(target, true);
    }
    if (target == "*") {
        request.path = request.raw_path = target;
        return request.method == "OPTIONS";
    }
    if (!target.starts_with('/') && !cut_origin(target)) return false;
    const std::size_t question = target.find('?');
    request.raw_path = target.substr(0, question);
    if (request.raw_path.empty()) request.raw_path = "/";
    auto path = percent_decoded(request.raw_path);
    if (!path) return false;
    request.path = std::move(*path);
    return question == std::string_view::npos || parse_query(target.substr(question + 1), request);
}

}  // namespace station::net
