// Why an outcome is no value: a kind, which programs act on, and words for people.
#pragma once

#include <cstdint>
#include <optional>
#include <station/ledger/outcome/wait.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace station::ledger {

class ErrorKind {
  public:
    enum Name : std::uint8_t {
        not_found,
        conflict,
        validation,
        policy_rejection,
        storage_error,
        timeout,
        serialization,
        internal,
    };

    constexpr ErrorKind(Name name) : name_(name) {}  // NOLINT(google-explicit-constructor): a name is a kind
    // A product's own, numbered as its kinds of events are: EventKind::bits().
    static constexpr ErrorKind custom(std::uint16_t code) { return ErrorKind{kCustom, code}; }

    // The product's number; nullopt for the kinds above.
    constexpr std::optional<std::uint16_t> code() const {
        return name_ == kCustom ? std::optional{code_} : std::nullopt;
    }
    constexpr bool is(Name name) const { return name_ == name; }
    // The same again may succeed.
    constexpr bool is_retryable() const { return is(storage_error) || is(timeout); }
    // Of what was asked for; of what should have done it. A product's own kinds are neither.
    constexpr bool is_domain() const { return name_ <= policy_rejection; }
    constexpr bool is_operational() const { return !is_domain() && name_ != kCustom; }

    // "NotFound", as it is stored; "Custom" for all of a product's.
    std::string_view name() const;
    // Any of them but "Custom".
    static std::optional<ErrorKind> from_name(std::string_view text);
    std::string to_text() const;  // "NotFound", "Custom(7)"

    friend constexpr bool operator==(ErrorKind, ErrorKind) = default;

  private:
    static constexpr std::uint8_t kCustom = internal + 1;
    constexpr ErrorKind(std::uint8_t name, std::uint16_t code) : name_(name), code_(code) {}

    std::uint8_t name_;
    std::uint16_t code_ = 0;
};

struct OutcomeError {
    OutcomeError(ErrorKind error_kind, std::string words)
        : kind(error_kind), message(std::move(words)), retryable(kind.is_retryable()) {}

    ErrorKind kind;
    std::string message;
    std::optional<CompensationAction> compensation;
    bool retryable;  // as its kind is, where nobody says otherwise

    std::string to_text() const;  // "[NotFound] no account 7"
    friend bool operator==(const OutcomeError&, const OutcomeError&) = default;
};

}  // namespace station::ledger
