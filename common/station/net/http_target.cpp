#include <http_parser.h>

#include <station/base/numbers.hpp>
#include <station/net/http_target.hpp>

namespace station::net {
namespace {

// In a query a plus sign is a space, as browsers write their forms (application/x-www-form-urlencoded).
enum class Plus { stays, is_space };

std::optional<std::string> percent_decoded(std::string_view text, Plus plus) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (text.size() - i < 3) return std::nullopt;
            const auto value = base::parse_number<unsigned>(text.substr(i + 1, 2), 16);
            if (value.value_or(0) == 0) return std::nullopt;
            decoded += static_cast<char>(*value);
            i += 2;
        } else {
            decoded += text[i] == '+' && plus == Plus::is_space ? ' ' : text[i];
        }
    }
    return decoded;
}

bool parse_query(std::string_view text, HttpRequest& request) {
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), pair.size() + 1));
        if (pair.empty()) continue;
        const std::size_t equals = pair.find('=');
        auto name = percent_decoded(pair.substr(0, equals), Plus::is_space);
        auto value = percent_decoded(equals == std::string_view::npos ? "" : pair.substr(equals + 1), Plus::is_space);
        if (!name || !value) return false;
        request.query.emplace_back(std::move(*name), std::move(*value));
    }
    return true;
}

}  // namespace

bool parse_target(std::string_view target, bool is_connect, HttpRequest& request) {
    http_parser_url url;
    http_parser_url_init(&url);
    if (http_parser_parse_url(target.data(), target.size(), is_connect ? 1 : 0, &url) != 0) return false;
    const auto part = [&](http_parser_url_fields field) -> std::string_view {
        if ((url.field_set & (1U << field)) == 0) return {};
        return target.substr(url.field_data[field].off, url.field_data[field].len);
    };
    auto path = percent_decoded(part(UF_PATH), Plus::stays);
    if (!path) return false;
    request.path = path->empty() ? "/" : std::move(*path);
    return parse_query(part(UF_QUERY), request);
}

}  // namespace station::net
