#include <station/ledger/guard/denial.hpp>
#include <string_view>

namespace station::ledger {

std::string Denial::to_text() const {
    std::string text = "[" + gate + "] " + message;
    std::string_view before = " (";
    for (const auto& [name, value] : context) {
        text.append(before).append(name).append("=").append(value);
        before = ", ";
    }
    if (!context.empty()) text += ")";
    return text;
}

}  // namespace station::ledger
