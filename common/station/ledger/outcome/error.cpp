#include <algorithm>
#include <array>
#include <station/ledger/outcome/error.hpp>

namespace station::ledger {
namespace {

constexpr std::array<std::string_view, 9> kErrorKindNames = {"NotFound",        "Conflict",     "Validation",
                                                             "PolicyRejection", "StorageError", "Timeout",
                                                             "Serialization",   "Internal",     "Custom"};

}  // namespace

std::string_view ErrorKind::name() const { return kErrorKindNames[name_]; }

std::optional<ErrorKind> ErrorKind::from_name(std::string_view text) {
    const auto* const found = std::ranges::find(kErrorKindNames, text);
    const auto index = static_cast<std::uint8_t>(found - kErrorKindNames.begin());
    if (index >= kCustom) return std::nullopt;
    return ErrorKind{static_cast<Name>(index)};
}

std::string ErrorKind::to_text() const {
    std::string text{name()};
    if (name_ == kCustom) text += "(" + std::to_string(code_) + ")";
    return text;
}

std::string OutcomeError::to_text() const { return "[" + kind.to_text() + "] " + message; }

}  // namespace station::ledger
