#include <atomic>
#include <station/ledger/store/entity_update.hpp>
#include <store_support.hpp>
#include <thread>

using namespace station;
using namespace station::ledger;
using namespace station::ledger::test;

namespace {

struct Cents {
    std::int64_t value = 0;
};

// The sum of what was deposited, without what was withdrawn.
struct Sum {
    static constexpr std::string_view name = "sum";
    static constexpr std::uint64_t schema_version = 1;
    static constexpr std::array relevant_kinds{kDeposited, kWithdrawn};

    std::int64_t cents = 0;

    void apply(const StoredEvent& event, const Payload& payload) {
        const std::int64_t value = std::stoll(pack_to_json(payload.bytes()).value());
        cents += event->header.event_kind == kDeposited ? value : -value;
    }
};

using Answer = Result<tl::expected<Updated, Denial>>;

}  // namespace

template <>
struct station::ledger::PayloadOf<Cents> {
    static std::vector<std::byte> encode(const Cents& cents) { return pack(std::to_string(cents.value)); }
};

namespace {

// Takes so much out, if it is there. `first` happens behind the read.
Answer take(
    Store& store, const Coordinate& account, std::int64_t cents, const UpdateOptions& options,
    const std::function<void()>& first = [] {}) {
    return update<Sum>(store, account, options, [&](const Sum& now) -> Decision {
        first();
        if (now.cents < cents) return tl::unexpected(Denial{"overdraft", std::to_string(now.cents)});
        return decided(kWithdrawn, Cents{cents});
    });
}

std::int64_t left_in(const Store& store, std::string_view entity) {
    return store.project<Sum>(entity).value().value_or(Sum{}).cents;
}

}  // namespace

TEST_CASE("an update goes in behind what it was decided about, or is decided anew") {
    const TemporaryFolder folder;
    Store store = open_store({.dir = folder.path()});
    REQUIRE(append(store, "account:1", "100"));
    int decisions = 0;
    const auto done = take(store, at("account:1"), 30, {.key = id_of(1)}, [&] {
        // Not of a kind that the projection looks at: the entity has changed all the same.
        if (++decisions == 1) REQUIRE(store.append(at("account:1"), kNoted, Bytes{pack("0")}));
        if (decisions == 2) REQUIRE(append(store, "account:1", "5"));
    });
    REQUIRE(done);
    REQUIRE(*done);
    CHECK((*done)->sequence == 3);
    CHECK(decisions == 3);
    CHECK(left_in(store, "account:1") == 75);
    CHECK(store.get((*done)->event_id).value()->event_hash == (*done)->event_hash);

    const auto denied = take(store, at("account:1"), 80, {.key = id_of(2)});
    REQUIRE(denied);
    REQUIRE_FALSE(*denied);
    CHECK(denied->error().message == "75");
    const auto of_nothing = take(store, at("account:2"), 1, {.key = id_of(3)});
    REQUIRE(of_nothing);
    CHECK_FALSE(*of_nothing);
    CHECK(store.size() == 4);
}

TEST_CASE("an update that is asked for again is answered as before") {
    const TemporaryFolder folder;
    Store store = open_store({.dir = folder.path()});
    REQUIRE(append(store, "account:1", "100"));
    const auto first = take(store, at("account:1"), 80, {.key = id_of(1)});
    REQUIRE(first);
    REQUIRE(*first);
    const auto again = take(store, at("account:1"), 80, {.key = id_of(1)}, [] { FAIL("it is decided already"); });
    REQUIRE(again);
    REQUIRE(*again);
    CHECK((*again)->event_id == (*first)->event_id);
    CHECK((*again)->sequence == 1);
    CHECK((*again)->event_hash == (*first)->event_hash);
    CHECK(store.size() == 2);

    // The key is another coordinate's.
    REQUIRE(append(store, "account:2", "100"));
    for (const Coordinate& other : {at("account:2"), at("account:1", "another bank")}) {
        const auto reused = take(store, other, 1, {.key = id_of(1)});
        REQUIRE_FALSE(reused);
        CHECK(reused.error().code == Errc::key_reused);
    }
    CHECK(store.size() == 3);
}

TEST_CASE("an update makes no more than its tries") {
    const TemporaryFolder folder;
    Store store = open_store({.dir = folder.path()});
    REQUIRE(append(store, "account:1", "100"));
    int decisions = 0;
    const auto done = take(store, at("account:1"), 1, {.key = id_of(1), .tries = 3}, [&] {
        ++decisions;
        REQUIRE(append(store, "account:1", "1"));
    });
    REQUIRE_FALSE(done);
    CHECK(done.error().code == Errc::sequence_mismatch);
    CHECK(decisions == 3);
    CHECK(store.size() == 4);
}

TEST_CASE("an update behind gates: they are asked anew for each try") {
    const TemporaryFolder folder;
    Store opened = open_store({.dir = folder.path()});
    REQUIRE(append(opened, "account:1", "100"));
    GateSet<std::int64_t> gates;
    int asked = 0;
    gates.add({"no_overdraft", [&](const std::int64_t& left) -> std::optional<Denial> {
                   ++asked;
                   return left < 0 ? std::optional{Denial{"overdraft", "more than there is"}} : std::nullopt;
               }});
    GatedStore<std::int64_t> bank{std::move(opened), std::move(gates)};
    const auto take_out = [&](std::int64_t cents, std::uint64_t key, const std::function<void()>& first) {
        return update<Sum>(bank, at("account:1"), {.key = id_of(key)}, [&](const Sum& now) {
            first();
            return Asked{now.cents - cents, kWithdrawn, Cents{cents}};
        });
    };
    bool is_first = true;
    const auto done = take_out(30, 1, [&] {
        if (!std::exchange(is_first, false)) return;
        REQUIRE(bank.bypass("teller", "to come between", at("account:1"), kDeposited, Cents{7}));
    });
    REQUIRE(done);
    REQUIRE(*done);
    CHECK((*done)->sequence == 3);
    CHECK(asked == 2);
    CHECK(left_in(bank.read(), "account:1") == 77);
    const auto denied = take_out(78, 2, [] {});
    REQUIRE(denied);
    REQUIRE_FALSE(*denied);
    CHECK(denied->error().gate == "no_overdraft");
    const auto again = take_out(30, 1, [] {});
    REQUIRE(again);
    REQUIRE(*again);
    CHECK((*again)->event_id == (*done)->event_id);
}

// What is under way counts, and can't be read yet: who asked again at once would use his tries up during one sync.
TEST_CASE("tellers at one account: a try that fails is another one's success") {
    constexpr std::size_t kTellers = 8;
    constexpr std::size_t kEach = 10;
    const TemporaryFolder folder;
    Store store = open_store({.dir = folder.path()});
    REQUIRE(append(store, "account:1", "75"));
    std::atomic<int> booked{0};
    std::atomic<int> denied{0};
    std::atomic<int> failed_ones{0};
    {
        std::vector<std::jthread> tellers;
        for (std::size_t teller = 0; teller < kTellers; ++teller) {
            tellers.emplace_back([&, teller] {
                for (std::size_t i = 0; i < kEach; ++i) {
                    const UpdateOptions options{.key = id_of(teller * kEach + i), .tries = kTellers * kEach + 1};
                    const auto done = take(store, at("account:1"), 1, options);
                    ++(!done ? failed_ones : *done ? booked : denied);
                }
            });
        }
    }
    CHECK(failed_ones == 0);
    CHECK(booked == 75);
    CHECK(denied == 5);
    CHECK(left_in(store, "account:1") == 0);
    CHECK(store.size() == 76);
}
