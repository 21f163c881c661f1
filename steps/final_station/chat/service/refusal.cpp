#include "refusal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <station/base/assertion.hpp>

namespace station::chat {
namespace {

struct Row {
    std::string_view reason;
    int status;
    std::string_view detail;
};

constexpr std::array kRows{
    Row{"exists", 200, "it is there already"},
    Row{"invalid_request", 400, "the request is not what is asked for here"},
    Row{"invalid_json", 400, "the body is not JSON"},
    Row{"bad_parameter", 400, "a parameter can't be read"},
    Row{"not_signed_in", 401, "sign in first"},
    Row{"wrong_login", 401, "this login and password, or this code, do not let anybody in"},
    Row{"wrong_code", 403, "this code does not let anybody in"},
    Row{"wrong_password", 403, "the old password is another one"},
    Row{"not_a_member", 403, "you are not in this room"},
    Row{"not_allowed", 403, "you may not do this"},
    Row{"foreign_origin", 403, "this page may not do this"},
    Row{"not_found", 404, "there is none"},
    Row{"already_set_up", 409, "there is an account already"},
    Row{"login_taken", 409, "somebody has this login"},
    Row{"client_message_id_taken", 409, "another member has used this client_message_id in this room"},
    Row{"last_administrator", 409, "the last administrator stays one"},
    Row{"direct_room", 409, "a direct room does not change"},
    Row{"open_room", 409, "an open room has everybody"},
    Row{"message_deleted", 410, "the message was deleted"},
    Row{"unsupported_type", 415, "a body must be application/json"},
    Row{"invalid_content", 422, "a message has 1 to 10,000 characters"},
    Row{"invalid_client_message_id", 422, "client_message_id must be 1 to 64 printable ASCII characters"},
    Row{"invalid_name", 422, "a name has 1 to 100 characters"},
    Row{"invalid_login", 422, "a login has 1 to 64 letters, digits, and any of . _ - + @"},
    Row{"invalid_password", 422, "a password has 1 to 256 characters"},
    Row{"invalid_role", 422, "role must be administrator or member"},
    Row{"invalid_type", 422, "type must be open or closed"},
    Row{"invalid_level", 422, "level must be invisible, nothing, mentions or everything"},
    Row{"invalid_users", 422, "users must be ids of people who are here"},
    Row{"invalid_boost", 422, "a boost has 1 to 16 characters"},
    Row{"invalid_webhook", 422, "a webhook is an address that begins with http:// or https://"},
    Row{"invalid_value", 422, "a value is not what is asked for"},
    Row{"invalid_query", 422, "there is nothing in it that could be found"},
    Row{"rate_limited", 429, "too many in too short a time"},
    Row{"server_busy", 503, "too much is under way"},
    Row{"storage_error", 503, "what was said could not be stored"},
    Row{"shutting_down", 503, "the server stops"},
};

const Row& row(std::string_view reason) {
    const auto found = std::ranges::find(kRows, reason, &Row::reason);
    STATION_ASSERT(found != kRows.end());
    return *found;
}

}  // namespace

int Refusal::status() const { return row(reason).status; }

Refusal refusal(std::string_view reason, std::string detail) {
    const Row& known = row(reason);
    if (detail.empty()) detail = known.detail;
    return {std::string{known.reason}, std::move(detail), known.status == 503 ? 1 : 0};
}

tl::unexpected<Refusal> refused(std::string_view reason, std::string detail) {
    return tl::unexpected(refusal(reason, std::move(detail)));
}

Refusal refusal_of(const ledger::Denial& denial) {
    Refusal refused = refusal(denial.code, denial.message);
    for (const auto& [name, value] : denial.context) {
        if (name == "retry_after") std::from_chars(value.data(), value.data() + value.size(), refused.retry_after);
    }
    return refused;
}

}  // namespace station::chat
