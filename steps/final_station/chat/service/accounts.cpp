#include "accounts.hpp"

#include <station/base/text.hpp>

#include "chat/model/text.hpp"

namespace station::chat {
namespace {

constexpr std::size_t kTokenCharacters = 43;  // 256 bits
constexpr std::int64_t kRenewEvery = 3600 * kSecond;
constexpr std::string_view kFirstRoom = "All talk";

// In groups, so that it can be read out.
std::string readable_code() {
    constexpr std::size_t kGroup = 6;
    std::string code = random_secret(4 * kGroup);
    for (std::size_t at = 3 * kGroup; at > 0; at -= kGroup) code.insert(at, "-");
    return code;
}

template <typename Fields>
void say_validity(AccountAttempt& attempt, const Fields& fields) {
    attempt.valid_name = is_line(fields.name, kMostOfName);
    attempt.valid_login = is_login(fields.login);
    attempt.valid_password = is_text(fields.password, kMostOfPassword);
}

bool is_free(const State& state, std::string_view login, const Id* owner = nullptr) {
    const User* const found = state.user_with_login(login);
    return found == nullptr || (owner != nullptr && found->id == *owner);
}

}  // namespace

Accounts::Accounts(Book& book, Passwords& passwords, Throttle& throttle, std::function<std::int64_t()> now)
    : book_(book), passwords_(passwords), throttle_(throttle), now_(std::move(now)) {
    if (!book_.look([](const State& state) { return state.is_set_up(); })) setup_code_ = readable_code();
}

AccountAttempt Accounts::attempt(const State& state, const Caller& caller, const Id& whom) const {
    AccountAttempt attempt;
    const User* const by = caller.in(state, now_());
    const User* const about = state.user(whom);
    attempt.signed_in = by != nullptr;
    attempt.administrator = by != nullptr && by->role == Role::administrator;
    attempt.oneself = caller.user == whom;
    attempt.known = about != nullptr;
    attempt.bot = about != nullptr && about->role == Role::bot;
    attempt.set_up = state.is_set_up();
    return attempt;
}

template <typename T>
bool Accounts::held_up(std::string_view login, const std::string& address, Throttle::Try& its,
                       const AnswerTo<T>& then) {
    const std::int64_t wait = throttle_.begin(login, address, now_() / kSecond, its);
    if (wait == 0) return false;
    Refusal why = refusal("rate_limited", "too many wrong tries");
    why.retry_after = static_cast<int>(wait);
    then(tl::unexpected(std::move(why)));
    return true;
}

void Accounts::set_up(Newcomer who, const std::string& address, AnswerTo<SignedIn> then) {
    Throttle::Try its;
    if (held_up("", address, its, then)) return;
    AccountAttempt early = book_.look_ahead([&](const State& state) { return attempt(state, {}, {}); });
    early.right_code = !setup_code_.empty() && digest_of(who.code) == digest_of(setup_code_);
    say_validity(early, who);
    if (early.right_code || early.set_up) throttle_.forgive(its);
    if (auto denial = rules_to_set_up().evaluate(early, ledger::Proposal{0}); !denial) {
        return then(tl::unexpected(refusal_of(denial.error())));
    }
    const std::string password = who.password;
    const auto answer = then;
    const auto go_on = [this, who = std::move(who), its, then = std::move(then)](const std::string& hash) {
        come_in(who, true, its, hash, then);
    };
    if (!passwords_.hash(password, go_on)) answer(refused("server_busy"));
}

void Accounts::join(Newcomer who, const std::string& address, AnswerTo<SignedIn> then) {
    Throttle::Try its;
    if (held_up("", address, its, then)) return;
    const Digest code = digest_of(who.code);
    AccountAttempt early = book_.look_ahead([&](const State& state) {
        AccountAttempt seen = attempt(state, {}, {});
        seen.right_code = state.is_set_up() && code == digest_of(state.join_code());
        seen.login_free = is_free(state, who.login);
        return seen;
    });
    say_validity(early, who);
    if (early.right_code) throttle_.forgive(its);
    if (auto denial = rules_to_join().evaluate(early, ledger::Proposal{0}); !denial) {
        return then(tl::unexpected(refusal_of(denial.error())));
    }
    const std::string password = who.password;
    const auto answer = then;
    const auto go_on = [this, who = std::move(who), its, then = std::move(then)](const std::string& hash) {
        come_in(who, false, its, hash, then);
    };
    if (!passwords_.hash(password, go_on)) answer(refused("server_busy"));
}

void Accounts::come_in(Newcomer who, bool is_first, const Throttle::Try&, const std::string& hash,
                       AnswerTo<SignedIn> then) {
    if (hash.empty()) return then(refused("server_busy"));
    const SignedIn signed_in{random_id(), random_secret(kTokenCharacters)};
    const Digest session = digest_of(signed_in.token);
    const std::int64_t at = now_();
    const auto propose = [&](const State& state) -> Book::Proposed<AccountAttempt> {
        AccountAttempt its = attempt(state, {}, {});
        its.right_code = is_first || digest_of(who.code) == digest_of(state.join_code());
        its.login_free = is_free(state, who.login);
        say_validity(its, who);
        if (!is_first) {
            return std::pair{its, Book::Draft{UserJoined{signed_in.user, who.name, who.login, hash, session, at}}};
        }
        return std::pair{its, Book::Draft{ChatSetUp{random_id(), signed_in.user, who.name, who.login, hash, session, at,
                                                    readable_code(), random_id(), std::string{kFirstRoom}}}};
    };
    book_.write(is_first ? rules_to_set_up() : rules_to_join(), propose,
                [signed_in, then = std::move(then)](Answer<Book::Written> written) {
                    if (!written) return then(tl::unexpected(std::move(written.error())));
                    then(signed_in);
                });
}

void Accounts::sign_in(std::string login, std::string password, const std::string& address, AnswerTo<SignedIn> then) {
    Throttle::Try its;
    if (held_up(login, address, its, then)) return;
    struct Known {
        Id user;
        std::string hash;
    };
    const Known known = book_.look_ahead([&](const State& state) {
        const User* const who = state.user_with_login(login);
        return who != nullptr && who->active ? Known{who->id, who->password} : Known{};
    });
    const auto checked = [this, known, its, then](bool right) {
        if (!right) return then(refused("wrong_login"));
        throttle_.forgive(its);
        const SignedIn signed_in{known.user, random_secret(kTokenCharacters)};
        const auto propose = [&](const State& state) -> Book::Proposed<AccountAttempt> {
            AccountAttempt attempted = attempt(state, {}, known.user);
            const User* const who = state.user(known.user);
            attempted.right_password = who != nullptr && who->active && who->password == known.hash;
            return std::pair{attempted, Book::Draft{SessionStarted{known.user, digest_of(signed_in.token), now_()}}};
        };
        book_.write(rules_to_sign_in(), propose, [signed_in, then](Answer<Book::Written> written) {
            if (!written) return then(tl::unexpected(std::move(written.error())));
            then(signed_in);
        });
    };
    if (!passwords_.check(std::move(password), known.hash, checked)) then(refused("server_busy"));
}

void Accounts::sign_in_with_code(std::string code, std::optional<std::string> password, const std::string& address,
                                 AnswerTo<SignedIn> then) {
    Throttle::Try its;
    if (held_up("", address, its, then)) return;
    const Digest digest = digest_of(code);
    const bool right = book_.look_ahead([&](const State& state) {
        const SignInCode* const found = state.sign_in_code(digest);
        return found != nullptr && now_() < found->until;
    });
    if (!right) return then(refused("wrong_login"));
    if (!password) return use_code(digest, std::nullopt, its, std::move(then));
    if (!is_text(*password, kMostOfPassword)) return then(refused("invalid_password"));
    const auto hashed = [this, digest, its, then](const std::string& hash) {
        if (hash.empty()) return then(refused("server_busy"));
        use_code(digest, hash, its, then);
    };
    if (!passwords_.hash(std::move(*password), hashed)) then(refused("server_busy"));
}

void Accounts::use_code(const Digest& code, const std::optional<std::string>& hash, const Throttle::Try& its,
                        AnswerTo<SignedIn> then) {
    throttle_.forgive(its);
    SignedIn signed_in{{}, random_secret(kTokenCharacters)};
    const auto propose = [&](const State& state) -> Book::Proposed<AccountAttempt> {
        const SignInCode* const found = state.sign_in_code(code);
        if (found != nullptr) signed_in.user = found->user;
        const User* const who = found != nullptr ? state.user(found->user) : nullptr;
        AccountAttempt attempted = attempt(state, {}, signed_in.user);
        attempted.known = who != nullptr && who->active;
        attempted.right_code = found != nullptr && now_() < found->until;
        attempted.valid_password = hash.has_value() || (found != nullptr && found->by == found->user);
        return std::pair{attempted,
                         Book::Draft{SignInCodeUsed{signed_in.user, code, hash, digest_of(signed_in.token), now_()}}};
    };
    const auto made = std::make_shared<SignedIn>();
    book_.write(
        rules_to_use_code(),
        [&](const State& state) {
            auto proposed = propose(state);
            *made = signed_in;
            return proposed;
        },
        [made, then = std::move(then)](Answer<Book::Written> written) {
            if (!written) return then(tl::unexpected(std::move(written.error())));
            then(*made);
        });
}

void Accounts::sign_out(const Caller& caller, bool everywhere, Book::Done then) {
    const auto propose = [&](const State& state) -> Book::Proposed<AccountAttempt> {
        SessionsEnded ended{caller.user, std::nullopt};
        if (!everywhere) ended.session = caller.session;
        return std::pair{attempt(state, caller, caller.user), Book::Draft{ended}};
    };
    book_.write(rules_to_sign_out(), propose, std::move(then));
}

std::optional<Caller> Accounts::caller(std::string_view token, bool* is_renewed) {
    const Digest digest = digest_of(token);
    auto found = book_.look([&](const State& state) -> std::optional<Caller> {
        const Session* const session = state.session(digest);
        if (session == nullptr) return std::nullopt;
        Caller caller{session->user, digest};
        if (caller.in(state, now_()) == nullptr) return std::nullopt;
        return caller;
    });
    const bool renewed = found && use(*found);
    if (is_renewed != nullptr) *is_renewed = renewed;
    return found;
}

bool Accounts::use(const Caller& caller) {
    const std::int64_t now = now_();
    const auto is_old = [&](const State& state) {
        const Session* const session = caller.session ? state.session(*caller.session) : nullptr;
        return session != nullptr && caller.in(state, now) != nullptr && now - session->used >= kRenewEvery;
    };
    if (!book_.look(is_old)) return false;
    const auto propose = [&](const State& state) -> Book::Proposed<AccountAttempt> {
        // Two at once: one event.
        if (!is_old(state)) return tl::unexpected(refusal("not_allowed"));
        return std::pair{attempt(state, caller, caller.user),
                         Book::Draft{SessionUsed{caller.user, *caller.session, now}}};
    };
    book_.write(rules_to_sign_out(), propose, [](const Answer<Book::Written>&) {});
    return true;
}

Answer<Caller> Accounts::bot(std::string_view key, const std::string& address) {
    const Digest digest = digest_of(key);
    Throttle::Try its;
    if (const std::int64_t wait = throttle_.begin("", address, now_() / kSecond, its); wait > 0) {
        Refusal why = refusal("rate_limited", "too many wrong tries");
        why.retry_after = static_cast<int>(wait);
        return tl::unexpected(std::move(why));
    }
    const auto found = book_.look([&](const State& state) -> std::optional<Caller> {
        const User* const bot = state.bot_with_key(digest);
        if (bot == nullptr || !bot->active) return std::nullopt;
        return Caller{bot->id, std::nullopt, digest};
    });
    if (!found) return refused("not_signed_in", "this is no bot's key");
    throttle_.forgive(its);
    return *found;
}

}  // namespace station::chat
