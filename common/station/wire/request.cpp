#include <station/base/utf8.hpp>
#include <station/wire/json.hpp>
#include <station/wire/request.hpp>

#include <algorithm>

namespace station::wire {
namespace {

constexpr std::string_view kUserRule = "user must be a string of 1 to 64 bytes without control characters";
constexpr std::string_view kActionRule = "action must be \"buy\" or \"sell\"";
constexpr std::string_view kAmountRule = "amount must be an integer from 1 to 1000000000000";

tl::unexpected<RequestError> invalid_event(std::string_view detail) {
    return tl::unexpected(RequestError{RequestError::Reason::invalid_event, std::string{detail}});
}

// Unicode's control characters: U+0000 to U+001F, U+007F, and U+0080 to U+009F (C2 80 to C2 9F in UTF-8).
bool has_control_character(std::string_view utf8) {
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto byte = static_cast<unsigned char>(utf8[i]);
        if (byte < 0x20 || byte == 0x7F) return true;
        if (byte == 0xC2 && i + 1 < utf8.size() && static_cast<unsigned char>(utf8[i + 1]) < 0xA0) return true;
    }
    return false;
}

std::string* valid_user(std::optional<FieldValue>& field) {
    auto* const user = field ? std::get_if<std::string>(&*field) : nullptr;
    if (user == nullptr || user->empty() || user->size() > kMaxUserBytes || has_control_character(*user)) {
        return nullptr;
    }
    return user;
}

tl::expected<Request, RequestError> read_event(Fields& fields) {
    Event event;
    auto* const user = valid_user(fields.user);
    if (user == nullptr) return invalid_event(kUserRule);
    event.user = std::move(*user);

    const auto* const action = fields.action ? std::get_if<std::string>(&*fields.action) : nullptr;
    if (action == nullptr || (*action != "buy" && *action != "sell")) return invalid_event(kActionRule);
    event.action = *action == "buy" ? Action::buy : Action::sell;

    const auto* const amount = fields.amount ? std::get_if<std::int64_t>(&*fields.amount) : nullptr;
    if (amount == nullptr || *amount < 1 || *amount > kMaxAmount) return invalid_event(kAmountRule);
    event.amount = *amount;
    return event;
}

tl::expected<Request, RequestError> read_query(Fields& fields, Queries known) {
    const auto* const type = std::get_if<std::string>(&*fields.type);
    if (type == nullptr) return invalid_event("unknown type: type must be a string");
    if (known.balance && *type == "balance") {
        auto* const user = valid_user(fields.user);
        if (user == nullptr) return invalid_event(kUserRule);
        return BalanceQuery{std::move(*user)};
    }
    if (known.metrics && *type == "metrics") return MetricsQuery{};
    if (known.metrics && *type == "health") return HealthQuery{};

    return invalid_event("unknown type " + base::cut_utf8(*type, 64));
}

}  // namespace

tl::expected<Request, RequestError> parse_request(std::string_view line, Queries known) {
    auto fields = scan_fields(line, kMaxDepth);
    if (!fields) return tl::unexpected(RequestError{RequestError::Reason::invalid_json, {}});
    if (!fields->is_object) return invalid_event("a request must be an object");
    return fields->type ? read_query(*fields, known) : read_event(*fields);
}

tl::expected<Event, RequestError> parse_event(std::string_view line) {
    return parse_request(line, {}).map([](Request&& request) { return std::get<Event>(std::move(request)); });
}

}  // namespace station::wire
