// People, bots, and how they come in. Every way that could be guessed (a password, a code, a key) goes through the
// throttle before anything is hashed, and passwords are looked at on a thread of their own.
//
// Any thread. Answers come at once, on the passwords' thread or on one of the log's: they must be short.
#pragma once

#include <functional>
#include <string>

#include "book.hpp"
#include "caller.hpp"
#include "passwords.hpp"
#include "rules.hpp"
#include "throttle.hpp"

namespace station::chat {

template <typename T>
using AnswerTo = std::function<void(Answer<T>)>;

struct SignedIn {
    Id user;
    std::string token;  // the secret of the session, told once
};

class Accounts {
  public:
    // `now`: ns since 1970. All must outlive it.
    Accounts(Book& book, Passwords& passwords, Throttle& throttle, std::function<std::int64_t()> now);

    // The secret that the first administrator needs; empty where there is an account.
    const std::string& setup_code() const { return setup_code_; }

    struct Newcomer {
        std::string code;  // of the set-up, or to join
        std::string name;
        std::string login;
        std::string password;
    };
    void set_up(Newcomer who, const std::string& address, AnswerTo<SignedIn> then);
    void join(Newcomer who, const std::string& address, AnswerTo<SignedIn> then);
    void sign_in(std::string login, std::string password, const std::string& address, AnswerTo<SignedIn> then);
    void sign_in_with_code(std::string code, std::optional<std::string> password, const std::string& address,
                           AnswerTo<SignedIn> then);
    void sign_out(const Caller& caller, bool everywhere, Book::Done then);

    // Who has this token, if it is alive; its session is renewed, hourly at most, and is_renewed says so.
    std::optional<Caller> caller(std::string_view token, bool* is_renewed = nullptr);
    // Renews the session of somebody who has come in already, hourly at most: whether it did.
    bool use(const Caller& caller);
    // The same of a bot's key. Nothing is hashed slowly, but a wrong one counts.
    Answer<Caller> bot(std::string_view key, const std::string& address);

    struct Changes {
        std::optional<std::string> name;
        std::optional<std::string> login;
        std::optional<std::string> password;
        std::optional<std::string> old_password;
    };
    void change(const Caller& caller, Changes changes, const std::string& address, Book::Done then);
    void set_role(const Caller& caller, const Id& user, std::string role, Book::Done then);
    void set_active(const Caller& caller, const Id& user, bool active, Book::Done then);
    void renew_join_code(const Caller& caller, AnswerTo<std::string> then);
    // The code is for once and four hours.
    void make_sign_in_code(const Caller& caller, const Id& user, AnswerTo<std::string> then);
    // The same by whoever is at the machine, for an administrator: no gate but that.
    void make_code_at_machine(std::string_view login, AnswerTo<std::string> then);

    struct BotFields {
        std::optional<std::string> name;
        std::optional<std::string> login;
        std::optional<std::string> webhook;
    };
    struct MadeBot {
        Id id;
        std::string name;
        std::string login;
        std::string key;  // told once
    };
    void make_bot(const Caller& caller, BotFields fields, AnswerTo<MadeBot> then);
    // The key is empty where it stays the same.
    void change_bot(const Caller& caller, const Id& bot, BotFields fields, bool new_key, AnswerTo<MadeBot> then);
    // Its messages stay, its key lets nobody in.
    void delete_bot(const Caller& caller, const Id& bot, Book::Done then);

  private:
    AccountAttempt attempt(const State& state, const Caller& caller, const Id& whom) const;
    // Not 0: `then` was told to wait.
    template <typename T>
    bool held_up(std::string_view login, const std::string& address, Throttle::Try& its, const AnswerTo<T>& then);
    void come_in(Newcomer who, bool is_first, const Throttle::Try& its, const std::string& hash,
                 AnswerTo<SignedIn> then);
    void use_code(const Digest& code, const std::optional<std::string>& hash, const Throttle::Try& its,
                  AnswerTo<SignedIn> then);
    void write_change(const Caller& caller, Changes changes, const std::string& checked_hash,
                      std::optional<std::string> hash, bool right, std::function<void(Answer<Book::Written>)> then);

    Book& book_;
    Passwords& passwords_;
    Throttle& throttle_;
    const std::function<std::int64_t()> now_;
    std::string setup_code_;
};

}  // namespace station::chat
