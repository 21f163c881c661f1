// What full-text search looks for, and where in a text it is. Words without marks and in either case, prefixes
// (`stat*`), phrases (`"so it is"`), all of which must be there; runs of CJK are indexed as overlapping pairs, so that
// a word of two characters is found. No I/O; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages.hpp"

namespace station::chat {

struct FoundMessage {
    ShownMessage message;
    std::vector<std::pair<std::size_t, std::size_t>> highlights;  // [from, to) in UTF-16 units, ascending, apart
};

// A text as it goes into the index.
std::string indexed_text(std::string_view content);
// What FTS5 is asked for; nullopt: nothing in it could be found. Nothing of FTS5's own language comes through.
std::optional<std::string> match_expression(std::string_view query);
std::vector<std::pair<std::size_t, std::size_t>> highlights(std::string_view content, std::string_view query);

}  // namespace station::chat
