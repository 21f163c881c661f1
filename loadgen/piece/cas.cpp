// The exercise `cas`, the piece alone: what update() makes of an account to which others go, too, and of a store that
// says no. What the others do, they do at the begin of an append: behind the read, and before the store decides.
#include <functional>
#include <loadgen/piece/account_in_memory.hpp>
#include <loadgen/piece/piece.hpp>

using namespace station;
using namespace station::ledger;
using piece::Account;
using piece::id_of;
using piece::Withdrawal;

namespace {

using Answer = Result<tl::expected<Updated, Denial>>;

// "event 3", "denied: [] more than there is (balance=5)", "error: …"
std::string told(const Answer& answer) {
    if (!answer) return "error: " + answer.error().message();
    if (!*answer) return "denied: " + answer->error().message + ", balance " + answer->error().context.at(0).second;
    return "event " + std::to_string((*answer)->sequence);
}

std::string said(const Error& error) { return "error: " + error.message(); }

// "100 -30 -10, the last one says 60"
std::string history(const Account& account) {
    std::string text;
    for (const auto& entry : account.entries()) text += (text.empty() ? "" : " ") + std::to_string(entry.cents);
    return text + ", the last one says " + std::to_string(account.balance());
}

// Somebody else is faster.
void withdraw(Account& account, std::int64_t cents) {
    const auto done = account.append({std::nullopt, -cents, account.balance() - cents}, Expect::any());
    if (!done) piece::fail("the case", "an append", "an error: the case is wrong, not you");
}

// An order that is watched, and disturbed.
class Watched final : public Withdrawal {
  public:
    using Withdrawal::Withdrawal;

    Result<Expect> read() override {
        if (fails_at == "read") return tl::unexpected(failure);
        return Withdrawal::read();
    }
    Result<std::optional<Updated>> find(const EventId& key) override {
        keys.push_back(key);
        if (fails_at == "find") return tl::unexpected(failure);
        return Withdrawal::find(key);
    }
    std::optional<Denial> decide() override {
        // Later than the appends, of which each may have a decision.
        if (++decisions > 2 * kFarTooMany) piece::fail("update()", "an end", "it decides again and again");
        return Withdrawal::decide();
    }
    Result<Updated> append(const AppendOptions& options) override {
        if (++appends > kFarTooMany) piece::fail("update()", "an end", "it appends again and again");
        keys.push_back(options.idempotency_key.value_or(EventId{}));
        if (between) between();
        if (fails_at == "append") return tl::unexpected(failure);
        if (fails_at == "append, then find") {
            fails_at = "find";
            return tl::unexpected(failure);
        }
        auto appended = Withdrawal::append(options);
        if (behind) behind();
        if (fails_at == "answer") return tl::unexpected(failure);
        return appended;
    }

    std::function<void()> between;  // at the begin of an append
    std::function<void()> behind;   // at its end
    std::string fails_at;           // what comes to `failure`; "answer": behind the append, which has happened
    Error failure{log::Errc::disk_full, "account"};
    int decisions = 0;
    int appends = 0;
    std::vector<EventId> keys;  // that were looked for, and appended

  private:
    static constexpr int kFarTooMany = 1500;
};

const EventId kOrder = id_of(7);

}  // namespace

PIECE_CASE("nobody-comes-between", "Undisturbed, an order is one append, of what was decided") {
    Account account{100};
    Watched order{account, 30};
    EXPECT(told(update(order, {.key = kOrder})), "event 1");
    EXPECT(history(account), "100 -30, the last one says 70");
    EXPECT(order.appends, 1);
    EXPECT(order.decisions, 1);
}

PIECE_CASE("a-refusal-is-passed-on", "What must not happen is told, and nothing is appended") {
    Account account{20};
    Watched too_much{account, 30};
    EXPECT(told(update(too_much, {.key = kOrder})), "denied: more than there is, balance 20");
    EXPECT(too_much.appends, 0);
    EXPECT(too_much.decisions, 1);
}

PIECE_CASE("no-update-is-lost", "What another teller does in between is not overwritten") {
    Account account{100};
    Watched disturbed{account, 30};
    disturbed.between = [&] {
        if (disturbed.appends == 1) withdraw(account, 10);
    };
    EXPECT(told(update(disturbed, {.key = kOrder})), "event 2");
    EXPECT(history(account), "100 -10 -30, the last one says 60");
}

PIECE_CASE("it-is-decided-anew", "After a mismatch it is decided anew, about what is read anew") {
    Account account{100};
    Watched overtaken{account, 30};
    overtaken.between = [&] {
        if (overtaken.appends == 1) withdraw(account, 80);
    };
    EXPECT(told(update(overtaken, {.key = kOrder})), "denied: more than there is, balance 20");
    EXPECT(history(account), "100 -80, the last one says 20");
}

PIECE_CASE("many-come-first", "However often others come first, it goes on while there are tries") {
    Account account{1000};
    Watched pushed{account, 30};
    pushed.between = [&] {
        if (pushed.appends <= 200) withdraw(account, 1);
    };
    EXPECT(told(update(pushed, {.key = kOrder})), "event 201");
    EXPECT(account.balance(), 770);
}

PIECE_CASE("an-error-is-passed-on", "What else the store says ends it, in the store's words") {
    for (const char* const at : {"read", "append"}) {
        Account account{100};
        Watched troubled{account, 30};
        troubled.fails_at = at;
        EXPECT(told(update(troubled, {.key = kOrder})), said(troubled.failure));
        EXPECT(troubled.appends, std::string_view{at} == "append" ? 1 : 0);
        EXPECT(history(account), "100, the last one says 100");
    }
}

PIECE_CASE("a-lost-answer-is-asked-for", "Whoever got no answer gives the order again, and it is booked once") {
    Account account{100};
    Watched order{account, 30};
    order.fails_at = "answer";
    EXPECT(told(update(order, {.key = kOrder})), said(order.failure));
    Watched again{account, 30};
    EXPECT(told(update(again, {.key = kOrder})), "event 1");
    EXPECT(history(account), "100 -30, the last one says 70");
    Watched another{account, 30};
    EXPECT(told(update(another, {.key = id_of(8)})), "event 2");
}

PIECE_CASE("the-money-has-gone-since",
           "What has happened is told as such, also where it could not be decided like that any more") {
    Account account{40};
    Watched order{account, 30};
    order.fails_at = "answer";
    EXPECT(told(update(order, {.key = kOrder})), said(order.failure));
    Watched late{account, 30};
    EXPECT(told(update(late, {.key = kOrder})), "event 1");
    EXPECT(history(account), "40 -30, the last one says 10");
}

PIECE_CASE("another-takes-the-same-order", "Where somebody else does the same order meanwhile, both have done it") {
    const auto same_order = [](Account& account) {
        Withdrawal same{account, 30};
        const auto done = update(same, {.key = kOrder});
        if (!done || !*done) piece::fail("update(), of the one who came first", "an event", told(done));
    };
    Account before{40};
    Watched beside{before, 30};
    beside.between = [&] {
        if (beside.appends > 1) return;
        same_order(before);
        withdraw(before, 10);
    };
    EXPECT(told(update(beside, {.key = kOrder})), "event 1");
    EXPECT(history(before), "40 -30 -10, the last one says 0");
    // Between two tries.
    Account after{40};
    Watched then{after, 30};
    then.between = [&] {
        if (then.appends == 1) withdraw(after, 5);
    };
    then.behind = [&] {
        if (then.appends == 1) same_order(after);
    };
    EXPECT(told(update(then, {.key = kOrder})), "event 2");
    EXPECT(history(after), "40 -5 -30, the last one says 5");
}

PIECE_CASE("one-order-one-key", "Every try of an order has the order's key") {
    Account account{100};
    Watched order{account, 30};
    order.between = [&] {
        if (order.appends <= 3) withdraw(account, 1);
    };
    EXPECT(told(update(order, {.key = kOrder})), "event 4");
    for (const EventId& key : order.keys) EXPECT(key == kOrder, true);
    EXPECT(account.entries().back().key == kOrder, true);
}

PIECE_CASE(
    "the-key-is-under-way-elsewhere",
    "A key that is another entity's may still be refused there: it is tried again, until it is told for certain") {
    Account account{100};
    Watched elsewhere{account, 30};
    const Error reused{Errc::key_reused, "account"};
    elsewhere.failure = reused;
    elsewhere.fails_at = "append";
    elsewhere.between = [&] {
        if (elsewhere.appends == 3) elsewhere.fails_at = "";
    };
    EXPECT(told(update(elsewhere, {.key = kOrder})), "event 1");
    Watched settled{account, 30};
    settled.failure = reused;
    settled.fails_at = "append";
    settled.between = [&] {
        if (settled.appends == 2) settled.fails_at = "append, then find";
    };
    EXPECT(told(update(settled, {.key = id_of(8)})), said(reused));
    EXPECT(settled.appends, 2);
    Watched unfound{account, 30};
    unfound.fails_at = "find";
    EXPECT(told(update(unfound, {.key = id_of(9)})), said(unfound.failure));
    EXPECT(unfound.appends, 0);
    EXPECT(history(account), "100 -30, the last one says 70");
}

PIECE_CASE("the-tries-have-an-end",
           "So many tries are made as `tries` says, and the last one's mismatch is the answer") {
    for (const int tries : {1, 2, 5, 40}) {
        Account account{1'000'000};
        Watched order{account, 30};
        order.between = [&] { withdraw(account, 1); };
        const auto answer = update(order, {.key = kOrder, .tries = static_cast<std::size_t>(tries)});
        Error last{Errc::sequence_mismatch, "entity account"};
        last.mismatch = {static_cast<std::uint64_t>(tries) - 1, static_cast<std::uint64_t>(tries)};
        EXPECT(told(answer), said(last));
        EXPECT(order.appends, tries);
    }
    Account account{100};
    Watched last_chance{account, 30};
    last_chance.between = [&] {
        if (last_chance.appends < 5) withdraw(account, 1);
    };
    EXPECT(told(update(last_chance, {.key = kOrder, .tries = 5})), "event 5");
}
