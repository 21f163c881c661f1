// What people and administrators change about people and bots.
#include <station/base/text.hpp>

#include "accounts.hpp"
#include "chat/model/text.hpp"

namespace station::chat {
namespace {

constexpr std::size_t kBotKeyCharacters = 32;
constexpr std::size_t kSignInCodeCharacters = 32;
constexpr std::int64_t kSignInCodeLives = 4 * 3600 * kSecond;

bool is_free_for(const State& state, const std::optional<std::string>& login, const Id& owner) {
    const User* const found = login ? state.user_with_login(*login) : nullptr;
    return found == nullptr || found->id == owner;
}

bool would_be_none(const State& state, const Id& user) {
    const User* const who = state.user(user);
    return who != nullptr && who->active && who->role == Role::administrator && state.administrators() == 1;
}

template <typename T>
Book::Done and_then(AnswerTo<T> then, T value) {
    return [then = std::move(then), value = std::move(value)](Answer<Book::Written> written) {
        if (!written) return then(tl::unexpected(std::move(written.error())));
        then(value);
    };
}

}  // namespace

void Accounts::change(const Caller& caller, Changes changes, const std::string& address, Book::Done then) {
    if (!changes.password) return write_change(caller, std::move(changes), {}, std::nullopt, true, std::move(then));
    if (!is_text(*changes.password, kMostOfPassword)) return then(refused("invalid_password"));
    if (!changes.old_password) return then(refused("wrong_password"));
    const User who = book_.look_ahead([&](const State& state) {
        const User* const found = caller.in(state, now_());
        return found != nullptr ? *found : User{};
    });
    Throttle::Try its;
    if (held_up<Book::Written>(who.login, address, its, then)) return;
    const std::string old_password = *changes.old_password;
    const auto checked = [this, caller, changes, its, then, checked_hash = who.password](bool right) {
        if (!right) return then(refused("wrong_password"));
        throttle_.forgive(its);
        const auto hashed = [this, caller, changes, then, checked_hash](const std::string& hash) {
            if (hash.empty()) return then(refused("server_busy"));
            write_change(caller, changes, checked_hash, hash, true, then);
        };
        if (!passwords_.hash(*changes.password, hashed)) then(refused("server_busy"));
    };
    if (!passwords_.check(old_password, who.password, checked)) then(refused("server_busy"));
}

void Accounts::write_change(const Caller& caller, Changes changes, const std::string& checked_hash,
                            std::optional<std::string> hash, bool right,
                            std::function<void(Answer<Book::Written>)> then) {
    const auto propose = [&](const State& state) -> Book::Proposed<AccountAttempt> {
        AccountAttempt its = attempt(state, caller, caller.user);
        const User* const who = state.user(caller.user);
        its.valid_name = !changes.name || is_line(*changes.name, kMostOfName);
        its.valid_login = !changes.login || is_login(*changes.login);
        its.valid_password = true;
        its.right_password = right && (!hash || (who != nullptr && who->password == checked_hash));
        its.login_free = is_free_for(state, changes.login, caller.user);
        return std::pair{its, Book::Draft{UserChanged{caller.user, changes.name, changes.login, hash, caller.session}}};
    };
    book_.write(rules_to_change_oneself(), propose, std::move(then));
}

void Accounts::set_role(const Caller& caller, const Id& user, std::string role, Book::Done then) {
    const auto propose = [&](const State& state) -> Book::Proposed<AccountAttempt> {
        AccountAttempt its = attempt(state, caller, user);
        const auto known = role_of(role);
        its.valid_role = known && *known != Role::bot;
        its.last_administrator = known == Role::member && would_be_none(state, user);
        return std::pair{its, Book::Draft{UserRoleChanged{user, caller.user, role}}};
    };
    book_.write(rules_to_change_role(), propose, std::move(then));
}

void Accounts::set_active(const Caller& caller, const Id& user, bool active, Book::Done then) {
    const auto propose = [&](const State& state) -> Book::Proposed<AccountAttempt> {
        AccountAttempt its = attempt(state, caller, user);
        its.last_administrator = !active && would_be_none(state, user);
        return std::pair{its, Book::Draft{UserActiveChanged{user, caller.user, active}}};
    };
    book_.write(rules_to_change_active(), propose, std::move(then));
}

void Accounts::renew_join_code(const Caller& caller, AnswerTo<std::string> then) {
    const std::string code = random_secret(kSignInCodeCharacters);
    const auto propose = [&](const State& state) -> Book::Proposed<AccountAttempt> {
        return std::pair{attempt(state, caller, caller.user), Book::Draft{JoinCodeRenewed{caller.user, code}}};
    };
    book_.write(rules_to_renew_join_code(), propose, and_then(std::move(then), code));
}

void Accounts::make_sign_in_code(const Caller& caller, const Id& user, AnswerTo<std::string> then) {
    const std::string code = random_secret(kSignInCodeCharacters);
    const auto propose = [&](const State& state) -> Book::Proposed<AccountAttempt> {
        const SignInCodeMade made{user, caller.user, digest_of(code), now_() + kSignInCodeLives};
        return std::pair{attempt(state, caller, user), Book::Draft{made}};
    };
    book_.write(rules_to_make_code(), propose, and_then(std::move(then), code));
}

void Accounts::make_code_at_machine(std::string_view login, AnswerTo<std::string> then) {
    const std::string code = random_secret(kSignInCodeCharacters);
    const auto propose = [&](const State& state) -> Book::Proposed<AccountAttempt> {
        const User* const who = state.user_with_login(login);
        if (who == nullptr || !who->active || who->role != Role::administrator) {
            return refused("not_found", "there is no administrator with this login");
        }
        AccountAttempt its = attempt(state, {}, who->id);
        its.signed_in = its.administrator = true;
        // By nobody who has an account: the code sets a password, or lets nobody in.
        return std::pair{its, Book::Draft{SignInCodeMade{who->id, Id{}, digest_of(code), now_() + kSignInCodeLives}}};
    };
    book_.write(rules_to_make_code(), propose, and_then(std::move(then), code));
}

void Accounts::make_bot(const Caller& caller, BotFields fields, AnswerTo<MadeBot> then) {
    MadeBot bot{random_id(), fields.name.value_or(""), "", random_secret(kBotKeyCharacters)};
    bot.login = fields.login ? *fields.login : login_of(bot.name);
    const auto propose = [&](const State& state) -> Book::Proposed<AccountAttempt> {
        AccountAttempt its = attempt(state, caller, bot.id);
        its.valid_name = is_line(bot.name, kMostOfName);
        its.valid_login = is_login(bot.login);
        its.valid_webhook = !fields.webhook || fields.webhook->empty() || is_web_address(*fields.webhook);
        its.login_free = is_free_for(state, bot.login, bot.id);
        return std::pair{its, Book::Draft{BotMade{bot.id, caller.user, bot.name, bot.login, digest_of(bot.key),
                                                  fields.webhook}}};
    };
    book_.write(rules_to_make_bot(), propose, and_then(std::move(then), bot));
}

void Accounts::change_bot(const Caller& caller, const Id& bot, BotFields fields, bool new_key, AnswerTo<MadeBot> then) {
    const auto made = std::make_shared<MadeBot>();
    made->id = bot;
    if (new_key) made->key = random_secret(kBotKeyCharacters);
    const auto propose = [&](const State& state) -> Book::Proposed<AccountAttempt> {
        AccountAttempt its = attempt(state, caller, bot);
        const User* const who = state.user(bot);
        made->name = fields.name.value_or(who != nullptr ? who->name : "");
        made->login = fields.login.value_or(who != nullptr ? who->login : "");
        its.valid_name = !fields.name || is_line(*fields.name, kMostOfName);
        its.valid_login = !fields.login || is_login(*fields.login);
        its.valid_webhook = !fields.webhook || fields.webhook->empty() || is_web_address(*fields.webhook);
        its.login_free = is_free_for(state, fields.login, bot);
        BotChanged changed{bot, caller.user, fields.name, fields.login, fields.webhook, std::nullopt};
        if (new_key) changed.key = digest_of(made->key);
        return std::pair{its, Book::Draft{changed}};
    };
    book_.write(rules_to_change_bot(), propose, [made, then = std::move(then)](Answer<Book::Written> written) {
        if (!written) return then(tl::unexpected(std::move(written.error())));
        then(*made);
    });
}

void Accounts::delete_bot(const Caller& caller, const Id& bot, Book::Done then) {
    const auto propose = [&](const State& state) -> Book::Proposed<AccountAttempt> {
        AccountAttempt its = attempt(state, caller, bot);
        its.valid_name = its.valid_login = its.valid_webhook = its.login_free = true;
        return std::pair{its, Book::Draft{UserActiveChanged{bot, caller.user, false}}};
    };
    book_.write(rules_to_change_bot(), propose, std::move(then));
}

}  // namespace station::chat
