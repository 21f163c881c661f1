#include <nlohmann/json.hpp>
#include <station/wire/members.hpp>

namespace station::wire {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

void skip_spaces(std::string_view text, std::size_t& at) {
    at = std::min(text.find_first_not_of(kSpaces, at), text.size());
}

std::size_t end_of_string(std::string_view text, std::size_t at) {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\') ++at;
    }
    return std::min(at + 1, text.size());
}

std::size_t end_of_value(std::string_view text, std::size_t at) {
    int depth = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at = end_of_string(text, at);
            if (depth == 0) return at;
            continue;
        }
        if (c == '{' || c == '[') ++depth;
        const bool closes = c == '}' || c == ']';
        if (depth == 0 && (closes || c == ',' || kSpaces.find(c) != std::string_view::npos)) return at;
        if (closes) --depth;
        ++at;
        if (closes && depth == 0) return at;
    }
    return at;
}

}  // namespace

std::optional<std::vector<Member>> members_of(std::string_view text) {
    std::vector<Member> members;
    std::size_t at = 0;
    skip_spaces(text, at);
    if (at == text.size() || text[at] != '{') return std::nullopt;
    ++at;
    while (true) {
        skip_spaces(text, at);
        if (at < text.size() && text[at] == ',') {
            ++at;
            skip_spaces(text, at);
        }
        if (at >= text.size() || text[at] != '"') return members;
        const std::size_t key_end = end_of_string(text, at);
        auto key = unquote(text.substr(at, key_end - at));
        if (!key) return std::nullopt;
        at = key_end;
        skip_spaces(text, at);
        ++at;  // the colon
        skip_spaces(text, at);
        const std::size_t value_end = end_of_value(text, at);
        members.push_back({std::move(*key), text.substr(at, value_end - at)});
        at = value_end;
    }
}

std::optional<std::string> unquote(std::string_view raw) {
    if (raw.size() < 2 || raw.front() != '"' || raw.back() != '"') return std::nullopt;
    const std::string_view inside = raw.substr(1, raw.size() - 2);
    if (inside.find('\\') == std::string_view::npos) return std::string{inside};
    const auto value = nlohmann::json::parse(raw, nullptr, false);
    return value.is_string() ? std::optional{value.get<std::string>()} : std::nullopt;
}

}  // namespace station::wire
