#include <station/base/numbers.hpp>
#include <station/ledger/coordinate/kind.hpp>

namespace station::ledger {

Result<EventKind> EventKind::make(unsigned category, unsigned type) {
    const std::string text = std::to_string(category) + ":" + std::to_string(type);
    if (category > kMaxCategory || type > kMaxType) return failed(Errc::bad_kind, text);
    const EventKind kind{static_cast<std::uint16_t>(category << 12 | type)};
    if (kind.is_reserved()) return failed(Errc::reserved_kind, text);
    return kind;
}

std::optional<EventKind> EventKind::from_text(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto category = base::parse_number<unsigned>(text.substr(0, colon));
    const auto type = base::parse_number<unsigned>(text.substr(colon + 1));
    if (!category || !type || *category > kMaxCategory || *type > kMaxType) return std::nullopt;
    return from_bits(static_cast<std::uint16_t>(*category << 12 | *type));
}

std::string EventKind::to_text() const { return std::to_string(category()) + ":" + std::to_string(type()); }

}  // namespace station::ledger
