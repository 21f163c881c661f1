// What a request says, once it is read.
#include <algorithm>
#include <station/base/text.hpp>
#include <station/net/http.hpp>

namespace station::net {
namespace {

// `is_it` is asked about each member of the comma-separated lists in all headers of that name.
template <typename Predicate>
bool any_member(const HttpRequest& request, std::string_view name, Predicate is_it) {
    for (const auto& [header, value] : request.headers) {
        if (header != name) continue;
        for (std::string_view list = value;;) {
            const std::size_t comma = list.find(',');
            if (is_it(base::trim(list.substr(0, comma)))) return true;
            if (comma == std::string_view::npos) break;
            list.remove_prefix(comma + 1);
        }
    }
    return false;
}

const std::string* first_of(const std::vector<std::pair<std::string, std::string>>& pairs, std::string_view name) {
    const auto found = std::ranges::find(pairs, name, &std::pair<std::string, std::string>::first);
    return found == pairs.end() ? nullptr : &found->second;
}

}  // namespace

const std::string* HttpRequest::header(std::string_view lower_case_name) const {
    return first_of(headers, lower_case_name);
}

const std::string* HttpRequest::parameter(std::string_view name) const { return first_of(query, name); }

std::size_t HttpRequest::count(std::string_view lower_case_name) const {
    const auto name_of = [](const auto& header) -> std::string_view { return header.first; };
    return static_cast<std::size_t>(std::ranges::count(headers, lower_case_name, name_of));
}

bool HttpRequest::has_token(std::string_view lower_case_name, std::string_view token) const {
    return any_member(*this, lower_case_name,
                      [&](std::string_view member) { return base::equal_in_either_case(member, token); });
}

bool HttpRequest::has_exact_token(std::string_view lower_case_name, std::string_view token) const {
    return any_member(*this, lower_case_name, [&](std::string_view member) { return member == token; });
}

bool HttpRequest::wants_websocket() const {
    return has_token("upgrade", "websocket") || header("sec-websocket-key") != nullptr;
}

}  // namespace station::net
