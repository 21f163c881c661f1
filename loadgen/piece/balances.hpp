// What the cases of the four kinds of balances share (exercises 4, 6, 7 and 8).
#pragma once

#include <cstdint>
#include <limits>
#include <loadgen/piece/piece.hpp>
#include <optional>
#include <station/wire/request.hpp>
#include <string>

namespace station::piece {

using Balance = std::optional<std::int64_t>;  // what apply() returns

inline constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

inline wire::Event buy(std::int64_t amount, std::string user = "ann") {
    return {std::move(user), wire::Action::buy, amount};
}
inline wire::Event sell(std::int64_t amount, std::string user = "ann") {
    return {std::move(user), wire::Action::sell, amount};
}
inline void no_work() {}

template <typename Balances>
void amounts_add_up(Balances& balances) {
    EXPECT(balances.apply(buy(100), no_work), Balance{100});
    EXPECT(balances.apply(buy(10), no_work), Balance{110});
    EXPECT(balances.apply(sell(30), no_work), Balance{80});
    EXPECT(balances.apply(sell(5, "bob"), no_work), Balance{-5});
    EXPECT(balances.apply(sell(100), no_work), Balance{-20});
    EXPECT(balances.apply(buy(20), no_work), Balance{0});
    EXPECT(balances.apply(buy(1, "bob"), no_work), Balance{-4});
    EXPECT(balances.apply(buy(1'000'000'000'000, "ann "), no_work), Balance{1'000'000'000'000});
    for (int round = 1; round <= 2; ++round) {
        for (int i = 0; i < 500; ++i) {
            const std::string user = "user " + std::to_string(i);
            calling("apply() for the " + std::to_string(i) + "th user");
            expect_equal("apply(buy " + std::to_string(i + 1) + " for " + user + "), time " + std::to_string(round),
                         balances.apply(buy(i + 1, user), no_work), Balance{(i + 1) * round});
        }
    }
    EXPECT(balances.apply(buy(1), no_work), Balance{1});
    EXPECT(balances.apply(buy(1, "bob"), no_work), Balance{-3});
}

template <typename Balances>
void overflow_changes_nothing(Balances& balances) {
    EXPECT(balances.apply(buy(kMax), no_work), Balance{kMax});
    EXPECT(balances.apply(buy(1), no_work), std::nullopt);
    EXPECT(balances.apply(buy(kMax), no_work), std::nullopt);
    EXPECT(balances.apply(sell(1), no_work), Balance{kMax - 1});
    EXPECT(balances.apply(buy(2), no_work), std::nullopt);
    EXPECT(balances.apply(buy(1), no_work), Balance{kMax});
    EXPECT(balances.apply(sell(kMax), no_work), Balance{0});

    EXPECT(balances.apply(sell(kMax, "bob"), no_work), Balance{-kMax});
    EXPECT(balances.apply(sell(1, "bob"), no_work), Balance{kMin});
    EXPECT(balances.apply(sell(1, "bob"), no_work), std::nullopt);
    EXPECT(balances.apply(sell(kMax, "bob"), no_work), std::nullopt);
    EXPECT(balances.apply(buy(1, "bob"), no_work), Balance{-kMax});
    EXPECT(balances.apply(buy(1, "eve"), no_work), Balance{1});
}

// For one that is refused nobody asks for the work, or forbids it.
template <typename Balances>
void works_once(Balances& balances) {
    int works = 0;
    const auto work = [&] { ++works; };
    for (int i = 1; i <= 3; ++i) {
        EXPECT(balances.apply(i % 2 == 0 ? sell(1) : buy(1), work).has_value(), true);
        expect_equal("the calls of work() after " + std::to_string(i) + " of apply()", works, i);
    }
    EXPECT(balances.apply(buy(1, "bob"), work).has_value(), true);
    expect_equal("the calls of work() after 4 of apply()", works, 4);
    EXPECT(balances.apply(buy(kMax, "eve"), work), Balance{kMax});
    works = 0;
    EXPECT(balances.apply(buy(1, "eve"), work), std::nullopt);
    if (works > 1) fail("an apply() that is refused", "work() is called once", std::to_string(works) + " times");
}

// Where an update has read its balance, another one for the same user that runs in the midst of its work is
// overwritten. `in_work(update)` runs the update as a case can.
template <typename Balances, typename InWork>
void reads_works_writes(Balances& balances, const InWork& in_work) {
    EXPECT(balances.apply(buy(100), no_work), Balance{100});
    Balance inner;
    const Balance outer = balances.apply(buy(1), [&] { in_work([&] { inner = balances.apply(buy(10), no_work); }); });
    expect_equal("apply(buy 10) while another apply(buy 1) is at work, of 100", inner, Balance{110});
    expect_equal("apply(buy 1), with a buy of 10 while it was at work, of 100", outer, Balance{101});
    expect_equal("apply(buy 5) behind both", balances.apply(buy(5), no_work), Balance{106});
    // It decides on what it has read.
    EXPECT(balances.apply(buy(kMax, "eve"), no_work), Balance{kMax});
    const Balance refused =
        balances.apply(buy(1, "eve"), [&] { in_work([&] { balances.apply(sell(10, "eve"), no_work); }); });
    expect_equal("apply(buy 1) of the largest balance, with a sell of 10 while it was at work", refused, std::nullopt);
}

}  // namespace station::piece
