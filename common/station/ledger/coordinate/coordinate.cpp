#include <algorithm>
#include <station/base/utf8.hpp>
#include <station/ledger/coordinate/coordinate.hpp>

namespace station::ledger {

bool is_name(std::string_view text) {
    if (text.empty() || text.size() > kMaxName) return false;
    // Most names are, and each event that is read has two.
    const bool is_plain = std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
    return is_plain || (base::is_utf8(text) && !base::has_control_character(text));
}

Result<Coordinate> Coordinate::make(std::string_view entity, std::string_view scope) {
    if (!is_name(entity)) return failed(Errc::bad_coordinate, "entity");
    if (!is_name(scope)) return failed(Errc::bad_coordinate, "scope");
    return Coordinate{entity, scope};
}

}  // namespace station::ledger
