#include <algorithm>
#include <catch.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "arbitrary_outcome.hpp"

using namespace station::ledger;
using station::test::any;
using station::test::is_even;
using station::test::Kleisli;
using station::test::law;
using station::test::must_hold;
using station::test::next;
using station::test::twice;

namespace {

using Int = Outcome<int>;
using Ints = std::vector<Int>;

OutcomeError louder(OutcomeError error) {
    error.message += "!";
    return error;
}

// What becomes of an error: by its message, so that it differs.
Int recover_by(const Kleisli& f, const OutcomeError& error) { return f(static_cast<int>(error.message.size())); }

// done to a batch is done to each of its parts.
template <typename F>
void check_distributes(const Ints& parts, F f) {
    using Result = std::remove_cvref_t<std::invoke_result_t<F, Int>>;
    typename Result::Batch each;
    for (const Int& part : parts) each.push_back(f(part));
    must_hold(f(Int::batch(parts)) == Result::batch(each));
}

int count_ok(const Int& outcome) {
    int count = outcome.is_ok() ? 1 : 0;
    if (const auto* const parts = outcome.if_batch()) {
        for (const Int& part : *parts) count += count_ok(part);
    }
    return count;
}

}  // namespace

TEST_CASE("and_then and ok are a monad") {
    CHECK(law("left identity", [] {
        const auto x = any<int>();
        const auto f = any<Kleisli>();
        must_hold(Int::ok(x).and_then(f) == f(x));
    }));
    CHECK(law("right identity", [] {
        const auto m = any<Int>();
        must_hold(m.and_then(&Int::ok) == m);
    }));
    CHECK(law("associativity", [] {
        const auto m = any<Int>();
        const auto f = any<Kleisli>();
        const auto g = any<Kleisli>();
        must_hold(m.and_then(f).and_then(g) == m.and_then([&](int x) { return f(x).and_then(g); }));
    }));
}

TEST_CASE("map is a functor") {
    CHECK(law("identity", [] {
        const auto m = any<Int>();
        must_hold(m.map(std::identity{}) == m);
    }));
    CHECK(law("composition", [] {
        const auto m = any<Int>();
        must_hold(m.map(twice).map(next) == m.map([](int x) { return next(twice(x)); }));
    }));
    CHECK(law("it is and_then with ok", [] {
        const auto m = any<Int>();
        must_hold(m.map(next) == m.and_then([](int x) { return Int::ok(next(x)); }));
    }));
    CHECK(law("of another type", [] {
        const auto x = any<int>();
        must_hold(Int::ok(x).map([](int y) { return std::to_string(y); }) ==
                  Outcome<std::string>::ok(std::to_string(x)));
    }));
    CHECK(law("called once for each ok, in order", [] {
        const auto m = any<Int>();
        std::vector<int> seen;
        std::vector<int> called;
        m.inspect([&](int x) { seen.push_back(x); });
        (void)m.map([&](int x) { return called.push_back(x), x; });
        must_hold(called == seen);
        must_hold(static_cast<int>(called.size()) == count_ok(m));
    }));
}

TEST_CASE("or_else and error are a monad of errors, and map_error is its functor") {
    CHECK(law("left identity", [] {
        const auto error = any<OutcomeError>();
        const auto f = any<Kleisli>();
        const auto recover = [&](const OutcomeError& wrong) { return recover_by(f, wrong); };
        must_hold(Int::error(error).or_else(recover) == recover(error));
    }));
    CHECK(law("right identity", [] {
        const auto m = any<Int>();
        must_hold(m.or_else([](const OutcomeError& error) { return Int::error(error); }) == m);
    }));
    CHECK(law("associativity", [] {
        const auto m = any<Int>();
        const auto f = any<Kleisli>();
        const auto g = any<Kleisli>();
        const auto first = [&](const OutcomeError& wrong) { return recover_by(f, wrong); };
        const auto second = [&](const OutcomeError& wrong) { return recover_by(g, wrong); };
        must_hold(m.or_else(first).or_else(second) ==
                  m.or_else([&](const OutcomeError& wrong) { return first(wrong).or_else(second); }));
    }));
    CHECK(law("map_error: identity", [] {
        const auto m = any<Int>();
        must_hold(m.map_error(std::identity{}) == m);
    }));
    CHECK(law("map_error: composition", [] {
        const auto m = any<Int>();
        must_hold(m.map_error(louder).map_error(louder) ==
                  m.map_error([](const OutcomeError& error) { return louder(louder(error)); }));
    }));
    CHECK(law("map_error: it is or_else with error", [] {
        const auto m = any<Int>();
        must_hold(m.map_error(louder) ==
                  m.or_else([](const OutcomeError& error) { return Int::error(louder(error)); }));
    }));
}

TEST_CASE("all that can be done to an outcome distributes over a batch") {
    CHECK(law("map", [] {
        const auto parts = any<Ints>();
        check_distributes(parts, [](const Int& m) { return m.map(next); });
    }));
    CHECK(law("and_then", [] {
        const auto parts = any<Ints>();
        const auto f = any<Kleisli>();
        check_distributes(parts, [&](const Int& m) { return m.and_then(f); });
    }));
    CHECK(law("and_then_if", [] {
        const auto parts = any<Ints>();
        const auto f = any<Kleisli>();
        check_distributes(parts, [&](const Int& m) { return m.and_then_if(is_even, f); });
    }));
    CHECK(law("map_error", [] {
        const auto parts = any<Ints>();
        check_distributes(parts, [](const Int& m) { return m.map_error(louder); });
    }));
    CHECK(law("or_else", [] {
        const auto parts = any<Ints>();
        const auto f = any<Kleisli>();
        check_distributes(parts, [&](const Int& m) {
            return m.or_else([&](const OutcomeError& wrong) { return recover_by(f, wrong); });
        });
    }));
    CHECK(law("flatten", [] {
        const auto parts = any<std::vector<Outcome<Int>>>();
        Ints each;
        for (const auto& part : parts) each.push_back(part.flatten());
        must_hold(Outcome<Int>::batch(parts).flatten() == Int::batch(each));
    }));
    CHECK(law("inspect", [] {
        const auto parts = any<Ints>();
        std::vector<int> all;
        std::vector<int> each;
        const Int batch = Int::batch(parts);
        must_hold(batch.inspect([&](int x) { all.push_back(x); }) == batch);
        for (const Int& part : parts) part.inspect([&](int x) { each.push_back(x); });
        must_hold(all == each);
    }));
    CHECK(law("inspect_error", [] {
        const auto parts = any<Ints>();
        std::vector<OutcomeError> all;
        std::vector<OutcomeError> each;
        const Int batch = Int::batch(parts);
        must_hold(batch.inspect_error([&](const OutcomeError& x) { all.push_back(x); }) == batch);
        for (const Int& part : parts) part.inspect_error([&](const OutcomeError& x) { each.push_back(x); });
        must_hold(all == each);
    }));
    CHECK(law("is_terminal", [] {
        const auto parts = any<Ints>();
        must_hold(Int::batch(parts).is_terminal() == std::ranges::all_of(parts, &Int::is_terminal));
    }));
}

TEST_CASE("flatten undoes what ok put around, outside and inside") {
    CHECK(law("ok outside", [] {
        const auto m = any<Int>();
        must_hold(Outcome<Int>::ok(m).flatten() == m);
    }));
    CHECK(law("ok inside", [] {
        const auto m = any<Int>();
        must_hold(m.map(&Int::ok).flatten() == m);
    }));
    CHECK(law("it is and_then of what is inside", [] {
        const auto m = any<Outcome<Int>>();
        must_hold(m.flatten() == m.and_then(std::identity{}));
    }));
}

TEST_CASE("and_then_if leaves alone what its condition does not hold for") {
    CHECK(law("it is and_then of either", [] {
        const auto m = any<Int>();
        const auto f = any<Kleisli>();
        must_hold(m.and_then_if(is_even, f) == m.and_then([&](int x) { return is_even(x) ? f(x) : Int::ok(x); }));
    }));
    CHECK(law("never", [] {
        const auto m = any<Int>();
        const auto f = any<Kleisli>();
        must_hold(m.and_then_if([](int) { return false; }, f) == m);
    }));
}

TEST_CASE("an outcome that may be moved from comes to the same") {
    CHECK(law("all of them", [] {
        const auto m = any<Int>();
        const auto f = any<Kleisli>();
        const auto recover = [&](const OutcomeError& wrong) { return recover_by(f, wrong); };
        must_hold(Int{m}.map(next) == m.map(next));
        must_hold(Int{m}.and_then(f) == m.and_then(f));
        must_hold(Int{m}.and_then_if(is_even, f) == m.and_then_if(is_even, f));
        must_hold(Int{m}.map_error(louder) == m.map_error(louder));
        must_hold(Int{m}.or_else(recover) == m.or_else(recover));
        must_hold(Int{m}.inspect([](int) {}) == m);
        must_hold(Int{m}.inspect_error([](const OutcomeError&) {}) == m);
        must_hold(Int{m}.value_or(7) == m.value_or(7));
    }));
    CHECK(law("flatten", [] {
        const auto m = any<Outcome<Int>>();
        must_hold(Outcome<Int>{m}.flatten() == m.flatten());
    }));
}

TEST_CASE("an outcome moves what can't be copied") {
    auto outcome = Outcome<std::unique_ptr<int>>::ok(std::make_unique<int>(7));
    auto moved = std::move(outcome).map([](std::unique_ptr<int>&& it) { return ++*it, std::move(it); });
    const auto last = std::move(moved).and_then(
        [](std::unique_ptr<int>&& it) { return Outcome<std::unique_ptr<int>>::ok(std::move(it)); });
    CHECK(**last.if_ok() == 8);
}

TEST_CASE("an outcome is one of six things") {
    const OutcomeError no{ErrorKind::conflict, "no"};
    const Retry again{Milliseconds{5}, 1, 3, "busy"};
    const WaitCondition later{WaitCondition::Timeout{Milliseconds{9}}};
    const std::vector<Int> all = {Int::ok(1),
                                  Int::error(no),
                                  Int::retry(again),
                                  Int::pending(later, {}),
                                  Int::cancelled("enough"),
                                  Int::batch({Int::ok(1), Int::error(no)})};
    for (std::size_t i = 0; i < all.size(); ++i) {
        CAPTURE(i);
        CHECK(all[i].is_ok() == (i == 0));
        CHECK(all[i].is_error() == (i == 1));
        CHECK(all[i].is_retry() == (i == 2));
        CHECK(all[i].is_pending() == (i == 3));
        CHECK(all[i].is_cancelled() == (i == 4));
        CHECK(all[i].is_batch() == (i == 5));
        CHECK(all[i].is_terminal() == (i != 2 && i != 3));
        CHECK(all[i].value_or(7) == (i == 0 ? 1 : 7));
        for (std::size_t j = 0; j < all.size(); ++j) CHECK((all[i] == all[j]) == (i == j));
    }
    CHECK_FALSE(Int::batch({Int::ok(1), Int::retry(again)}).is_terminal());
    CHECK(all[3].if_pending()->condition == later);
    CHECK(all[1].if_error()->to_text() == "[Conflict] no");
}

TEST_CASE("a kind of errors says what is to be done") {
    using Kind = ErrorKind;
    for (const Kind::Name name : {Kind::not_found, Kind::conflict, Kind::validation, Kind::policy_rejection,
                                  Kind::storage_error, Kind::timeout, Kind::serialization, Kind::internal}) {
        const Kind kind = name;
        CAPTURE(kind.to_text());
        CHECK(Kind::from_name(kind.name()) == kind);
        CHECK(kind.is_retryable() == (name == Kind::storage_error || name == Kind::timeout));
        CHECK(OutcomeError(kind, "").retryable == kind.is_retryable());
        CHECK(kind.is_domain() == (name <= Kind::policy_rejection));
        CHECK(kind.is_operational() == !kind.is_domain());
        CHECK_FALSE(kind.code());
    }
    const Kind own = Kind::custom(0xF001);
    CHECK(own.code() == 0xF001);
    CHECK(own.to_text() == "Custom(61441)");
    CHECK(own != Kind::custom(1));
    CHECK_FALSE(own.is_retryable());
    CHECK_FALSE(own.is_domain());
    CHECK_FALSE(own.is_operational());
    CHECK_FALSE(Kind::from_name("Custom"));
    CHECK_FALSE(Kind::from_name("notfound"));
}
