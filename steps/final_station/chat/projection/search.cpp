#include "search.hpp"

#include "query.hpp"

namespace station::chat {

std::string indexed_text(std::string_view content) { return spread(content); }

std::optional<std::string> match_expression(std::string_view query) {
    const auto parsed = Query::parse(query);
    if (!parsed) return std::nullopt;
    return parsed->expression();
}

std::vector<std::pair<std::size_t, std::size_t>> highlights(std::string_view content, std::string_view query) {
    const auto parsed = Query::parse(query);
    return parsed ? parsed->find_in(content) : Query::Ranges{};
}

}  // namespace station::chat
