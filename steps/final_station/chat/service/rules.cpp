#include "rules.hpp"

#include <initializer_list>
#include <string>

#include "refusal.hpp"

namespace station::chat {
namespace {

using ledger::Denial;

template <typename Attempt>
struct Rule {
    const char* name;
    const char* code;
    bool (*holds)(const Attempt&);
};

template <typename Attempt>
ledger::Pipeline<Attempt> table(std::initializer_list<Rule<Attempt>> rules) {
    ledger::GateSet<Attempt> gates;
    for (const Rule<Attempt>& rule : rules) {
        gates.add({rule.name, [rule](const Attempt& attempt) -> std::optional<Denial> {
                       if (rule.holds(attempt)) return std::nullopt;
                       Denial denial{rule.code, ""};
                       if constexpr (requires { attempt.retry_after; }) {
                           if (attempt.retry_after > 0) {
                               return std::move(denial).with("retry_after", std::to_string(attempt.retry_after));
                           }
                       }
                       return denial;
                   }});
    }
    return ledger::Pipeline<Attempt>{std::move(gates)};
}

using M = MessageAttempt;
using R = RoomAttempt;
using A = AccountAttempt;

constexpr Rule<M> kMessageSignedIn{"signed_in", "not_signed_in", [](const M& it) { return it.signed_in; }};
constexpr Rule<M> kThere{"there", "not_found", [](const M& it) { return it.exists && it.member; }};
constexpr Rule<M> kNotDeleted{"not_deleted", "message_deleted", [](const M& it) { return !it.deleted; }};
constexpr Rule<M> kContent{"content", "invalid_content", [](const M& it) { return it.valid_content; }};

constexpr Rule<R> kRoomSignedIn{"signed_in", "not_signed_in", [](const R& it) { return it.signed_in; }};
constexpr Rule<R> kNoBot{"people_only", "not_allowed", [](const R& it) { return !it.bot; }};
constexpr Rule<R> kMember{"member", "not_a_member", [](const R& it) { return it.member; }};
constexpr Rule<R> kNotDirect{"not_direct", "direct_room", [](const R& it) { return !it.direct; }};
constexpr Rule<R> kNotOpen{"not_open", "open_room", [](const R& it) { return !it.open; }};
constexpr Rule<R> kInCharge{"in_charge", "not_allowed", [](const R& it) { return it.creator || it.administrator; }};
constexpr Rule<R> kRoomName{"name", "invalid_name", [](const R& it) { return it.valid_name; }};
constexpr Rule<R> kRoomType{"type", "invalid_type", [](const R& it) { return it.valid_type; }};
constexpr Rule<R> kPeople{"people", "invalid_users", [](const R& it) { return it.whom_known; }};

constexpr Rule<A> kSignedIn{"signed_in", "not_signed_in", [](const A& it) { return it.signed_in; }};
constexpr Rule<A> kAdministrator{"administrator", "not_allowed", [](const A& it) { return it.administrator; }};
constexpr Rule<A> kKnown{"known", "not_found", [](const A& it) { return it.known; }};
constexpr Rule<A> kNotABot{"no_bot", "not_found", [](const A& it) { return !it.bot; }};
constexpr Rule<A> kCode{"code", "wrong_code", [](const A& it) { return it.right_code; }};
constexpr Rule<A> kSetUp{"first", "already_set_up", [](const A& it) { return !it.set_up; }};
constexpr Rule<A> kName{"name", "invalid_name", [](const A& it) { return it.valid_name; }};
constexpr Rule<A> kLogin{"login", "invalid_login", [](const A& it) { return it.valid_login; }};
constexpr Rule<A> kLoginFree{"login_free", "login_taken", [](const A& it) { return it.login_free; }};
constexpr Rule<A> kPassword{"password", "invalid_password", [](const A& it) { return it.valid_password; }};
constexpr Rule<A> kWebhook{"webhook", "invalid_webhook", [](const A& it) { return it.valid_webhook; }};
constexpr Rule<A> kNotTheLast{"not_the_last", "last_administrator", [](const A& it) { return !it.last_administrator; }};

}  // namespace

const ledger::Pipeline<MessageAttempt>& rules_to_post() {
    static const auto rules = table<M>({
        kMessageSignedIn,
        {"member", "not_a_member", [](const M& it) { return it.member; }},
        {"own_client_message_id", "client_message_id_taken", [](const M& it) { return !it.exists || it.author; }},
        kNotDeleted,
        {"new", kExists, [](const M& it) { return !it.exists; }},
        {"client_message_id", "invalid_client_message_id", [](const M& it) { return it.valid_client_message_id; }},
        kContent,
        {"rate", "rate_limited", [](const M& it) { return it.retry_after == 0; }},
    });
    return rules;
}
const ledger::Pipeline<MessageAttempt>& rules_to_edit() {
    static const auto rules = table<M>({
        kMessageSignedIn,
        kThere,
        kNotDeleted,
        {"author", "not_allowed", [](const M& it) { return it.author; }},
        kContent,
    });
    return rules;
}
const ledger::Pipeline<MessageAttempt>& rules_to_delete() {
    static const auto rules = table<M>({
        kMessageSignedIn,
        kThere,
        kNotDeleted,
        {"author_or_administrator", "not_allowed", [](const M& it) { return it.author || it.administrator; }},
    });
    return rules;
}
const ledger::Pipeline<MessageAttempt>& rules_to_boost() {
    static const auto rules = table<M>({
        kMessageSignedIn,
        kThere,
        kNotDeleted,
        {"boost", "invalid_boost", [](const M& it) { return it.valid_content; }},
    });
    return rules;
}

const ledger::Pipeline<RoomAttempt>& rules_to_make_room() {
    static const auto rules = table<R>({kRoomSignedIn, kNoBot, kRoomName, kRoomType, kPeople});
    return rules;
}
const ledger::Pipeline<RoomAttempt>& rules_to_make_direct_room() {
    static const auto rules = table<R>({kRoomSignedIn, kNoBot, kPeople});
    return rules;
}
const ledger::Pipeline<RoomAttempt>& rules_to_change_room() {
    static const auto rules = table<R>({kRoomSignedIn, kMember, kNotDirect, kInCharge, kRoomName, kRoomType});
    return rules;
}
const ledger::Pipeline<RoomAttempt>& rules_to_delete_room() {
    static const auto rules = table<R>({kRoomSignedIn, kMember, kNotDirect, kInCharge});
    return rules;
}
const ledger::Pipeline<RoomAttempt>& rules_to_add_member() {
    static const auto rules = table<R>({kRoomSignedIn, kMember, kNotDirect, kNotOpen, kInCharge, kPeople});
    return rules;
}
const ledger::Pipeline<RoomAttempt>& rules_to_remove_member() {
    static const auto rules = table<R>({
        kRoomSignedIn,
        kMember,
        kNotDirect,
        kNotOpen,
        {"in_charge_or_oneself", "not_allowed",
         [](const R& it) { return it.oneself || it.creator || it.administrator; }},
        {"there", "not_found", [](const R& it) { return it.whom_member; }},
    });
    return rules;
}
const ledger::Pipeline<RoomAttempt>& rules_to_be_involved() {
    static const auto rules = table<R>({
        kRoomSignedIn,
        kMember,
        {"level", "invalid_level", [](const R& it) { return it.valid_level; }},
    });
    return rules;
}

const ledger::Pipeline<AccountAttempt>& rules_to_set_up() {
    static const auto rules = table<A>({kSetUp, kCode, kName, kLogin, kPassword});
    return rules;
}
const ledger::Pipeline<AccountAttempt>& rules_to_join() {
    static const auto rules = table<A>({kCode, kName, kLogin, kPassword, kLoginFree});
    return rules;
}
const ledger::Pipeline<AccountAttempt>& rules_to_sign_in() {
    static const auto rules = table<A>({
        {"right", "wrong_login", [](const A& it) { return it.known && !it.bot && it.right_password; }},
    });
    return rules;
}
const ledger::Pipeline<AccountAttempt>& rules_to_use_code() {
    static const auto rules = table<A>({
        {"right", "wrong_login", [](const A& it) { return it.known && it.right_code; }},
        {"password", "invalid_password", [](const A& it) { return it.valid_password; }},
    });
    return rules;
}
const ledger::Pipeline<AccountAttempt>& rules_to_sign_out() {
    static const auto rules = table<A>({kSignedIn});
    return rules;
}
const ledger::Pipeline<AccountAttempt>& rules_to_change_oneself() {
    static const auto rules = table<A>({
        kSignedIn,
        kName,
        kLogin,
        kPassword,
        {"old_password", "wrong_password", [](const A& it) { return it.right_password; }},
        kLoginFree,
    });
    return rules;
}
const ledger::Pipeline<AccountAttempt>& rules_to_change_role() {
    static const auto rules = table<A>({
        kSignedIn,
        kAdministrator,
        kKnown,
        {"role", "invalid_role", [](const A& it) { return it.valid_role && !it.bot; }},
        kNotTheLast,
    });
    return rules;
}
const ledger::Pipeline<AccountAttempt>& rules_to_change_active() {
    static const auto rules = table<A>({kSignedIn, kAdministrator, kKnown, kNotTheLast});
    return rules;
}
const ledger::Pipeline<AccountAttempt>& rules_to_make_code() {
    static const auto rules = table<A>({
        kSignedIn,
        {"oneself_or_administrator", "not_allowed", [](const A& it) { return it.oneself || it.administrator; }},
        kKnown,
        kNotABot,
    });
    return rules;
}
const ledger::Pipeline<AccountAttempt>& rules_to_renew_join_code() {
    static const auto rules = table<A>({kSignedIn, kAdministrator});
    return rules;
}
const ledger::Pipeline<AccountAttempt>& rules_to_make_bot() {
    static const auto rules = table<A>({kSignedIn, kAdministrator, kName, kLogin, kWebhook, kLoginFree});
    return rules;
}
const ledger::Pipeline<AccountAttempt>& rules_to_change_bot() {
    static const auto rules = table<A>({kSignedIn,
                                        kAdministrator,
                                        kKnown,
                                        {"bot", "not_found", [](const A& it) { return it.bot; }},
                                        kName,
                                        kLogin,
                                        kWebhook,
                                        kLoginFree});
    return rules;
}

}  // namespace station::chat
