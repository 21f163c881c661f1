#include <station/ledger/async.hpp>
#include <station/ledger/store/gated_store.hpp>
#include <store_support.hpp>

#include <asio/bind_executor.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>

using namespace station;
using namespace station::ledger;
using namespace station::ledger::test;

namespace {

struct Withdrawal {
    std::int64_t cents = 0;
};

struct Account {
    std::int64_t balance = 0;
    std::int64_t cents = 0;
};

struct Door {
    struct Open : State<Door> {};
    struct Shut : State<Door> {};
    using Transitions = Allowed<Arrow<Open, Shut>, Arrow<Shut, Open>>;
};

GateSet<Account> no_overdraft() {
    GateSet<Account> gates;
    gates.add({"no_overdraft", [](const Account& account) -> std::optional<Denial> {
                   if (account.cents <= account.balance) return std::nullopt;
                   return Denial{"overdraft", "more than there is"};
               }});
    return gates;
}

}  // namespace

template <>
struct station::ledger::PayloadOf<Withdrawal> {
    static std::vector<std::byte> encode(const Withdrawal& withdrawal) {
        return pack(std::to_string(withdrawal.cents));
    }
};

TEST_CASE("a gated store takes what its gates let pass, once, and what goes past them says why") {
    const TemporaryFolder folder;
    GatedStore<Account> bank{open_store({.dir = folder.path()}), no_overdraft()};
    const auto denied = bank.evaluate({.balance = 5, .cents = 7}, Proposal{Withdrawal{7}});
    REQUIRE_FALSE(denied);
    CHECK(denied.error().gate == "no_overdraft");
    CHECK(bank.read().size() == 0);

    auto passed = bank.evaluate({.balance = 9, .cents = 7}, Proposal{Withdrawal{7}});
    REQUIRE(passed);
    Receipt<Withdrawal> receipt = std::move(*passed);
    const auto committed = bank.commit(std::move(receipt), at("account:1"), kWithdrawn, {.expect = Expect::none()});
    REQUIRE(committed);
    CHECK(committed->sequence == 0);

    const auto past = bank.bypass("migration", "the old books", at("account:1"), kWithdrawn, Withdrawal{99},
                                  {.expect = Expect::exactly(0), .idempotency_key = id_of(1)});
    REQUIRE(past);
    CHECK(past->sequence == 2);
    const auto events = bank.read().stream("account:1");
    CHECK(payloads(events) ==
          std::vector<std::string>{"7", R"({"name":"migration","justification":"the old books"})", "99"});
    const auto why = events->read(1).value();
    CHECK(why->header.event_kind == kinds::bypass);
    CHECK(why->batch == BatchMark{1, 2});
    CHECK_FALSE(why->idempotency_key);
    CHECK(events->read(2).value()->idempotency_key == id_of(1));

    // A retry gets its receipt, although the expected sequence is long gone.
    const auto again = bank.bypass("migration", "the old books", at("account:1"), kWithdrawn, Withdrawal{99},
                                   {.expect = Expect::exactly(0), .idempotency_key = id_of(1)});
    REQUIRE(again);
    CHECK(again->event_id == past->event_id);
    CHECK(bank.read().size() == 3);
}

TEST_CASE("a step that the machine allows is appended") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    Stateful<Door::Open> door;
    const auto shut = door.to<Door::Shut>(kNoted, JsonText{"\"bang\""});
    REQUIRE(store.apply(at("door:1"), shut, {.expect = Expect::none()}));
    CHECK(payloads(store.stream("door:1")) == std::vector<std::string>{"\"bang\""});
    CHECK(store.append(at("door:1"), kNoted, JsonText{"no JSON"}).error().code == Errc::bad_payload);
}

TEST_CASE("appends with a completion token are answered on its executor, and copy what they are given") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    asio::io_context io;
    std::vector<Result<AppendReceipt>> answers;
    auto work = asio::make_work_guard(io);
    for (int i = 0; i < 100; ++i) {
        const auto payload = pack(std::to_string(i));
        async_append(store, at("a"), kNoted, payload, {.idempotency_key = id_of(static_cast<std::uint64_t>(i % 50))},
                     asio::bind_executor(io, [&](Result<AppendReceipt> answer) {
                         answers.push_back(std::move(answer));
                         if (answers.size() == 101) work.reset();
                     }));
    }
    async_append(store, at("a"), kinds::erased, pack("1"), {},
                 asio::bind_executor(io, [&](Result<AppendReceipt> answer) {
                     CHECK(answer.error().code == Errc::reserved_kind);
                     answers.push_back(std::move(answer));
                     if (answers.size() == 101) work.reset();
                 }));
    io.run();
    int duplicates = 0;
    for (const auto& answer : answers) duplicates += answer && answer->duplicate ? 1 : 0;
    CHECK(duplicates == 50);
    CHECK(store.size() == 50);
    auto future = async_append(store, at("b"), kNoted, pack("1"), {}, asio::use_future);
    CHECK(future.get().value().sequence == 0);
}
