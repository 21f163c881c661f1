#include <algorithm>
#include <catch.hpp>
#include <cstddef>
#include <iterator>
#include <station/ledger/outcome/combine.hpp>
#include <tuple>
#include <utility>
#include <vector>

#include "arbitrary_outcome.hpp"

using namespace station::ledger;
using station::test::any;
using station::test::any_leaf;
using station::test::law;
using station::test::must_hold;
using station::test::next;
using station::test::twice;

namespace {

using Number = Outcome<int>;
using Numbers = std::vector<Number>;
using Pair = Outcome<std::pair<int, int>>;

Numbers joined(Numbers first, const Numbers& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

std::vector<int> concatenated(std::pair<std::vector<int>, std::vector<int>> both) {
    both.first.insert(both.first.end(), both.second.begin(), both.second.end());
    return std::move(both.first);
}

// The order of the page, written down again.
int place(const Number& m) {
    const bool places[] = {m.is_ok(), m.is_pending(), m.is_retry(), m.is_cancelled(), m.is_error()};
    return static_cast<int>(std::find(std::begin(places), std::end(places), true) - std::begin(places));
}

// What is not ok, whatever its value would have been.
Number shape(const auto& m) {
    return m.map([](const auto&) { return 0; });
}

Numbers flat(const Numbers& outcomes) {
    Numbers result;
    for (const Number& one : outcomes) {
        result = joined(std::move(result), one.is_batch() ? flat(*one.if_batch()) : Numbers{one});
    }
    return result;
}

}  // namespace

TEST_CASE("zip is both, or the worse of them") {
    CHECK(law("both", [] {
        const auto a = any<int>();
        const auto b = any<int>();
        must_hold(zip(Number::ok(a), Number::ok(b)) == Pair::ok({a, b}));
    }));
    CHECK(law("the worse of them, the first of two that are as bad", [] {
        const Number a = any_leaf();
        const Number b = any_leaf();
        if (a.is_ok() && b.is_ok()) return;
        must_hold(shape(zip(a, b)) == shape(place(a) >= place(b) ? a : b));
    }));
    CHECK(law("with an ok it is map", [] {
        const auto m = any<Number>();
        const auto x = any<int>();
        must_hold(zip(Number::ok(x), m) == m.map([x](int y) { return std::pair{x, y}; }));
        must_hold(zip(m, Number::ok(x)) == m.map([x](int y) { return std::pair{y, x}; }));
    }));
    CHECK(law("naturality", [] {
        const auto a = any<Number>();
        const auto b = any<Number>();
        must_hold(zip(a.map(twice), b.map(next)) == zip(a, b).map([](const std::pair<int, int>& it) {
            return std::pair{twice(it.first), next(it.second)};
        }));
    }));
    CHECK(law("associativity", [] {
        const Number a = any_leaf();
        const Number b = any_leaf();
        const Number c = any_leaf();
        must_hold(zip(zip(a, b), c).map([](const auto& it) {
            return std::tuple{it.first.first, it.first.second, it.second};
        }) == zip(a, zip(b, c)).map([](const auto& it) {
            return std::tuple{it.first, it.second.first, it.second.second};
        }));
    }));
}

TEST_CASE("zip distributes over a batch") {
    CHECK(law("with what is none, on either side", [] {
        const auto parts = any<Numbers>();
        const Number other = any_leaf();
        Pair::Batch left;
        Pair::Batch right;
        for (const Number& part : parts) {
            left.push_back(zip(part, other));
            right.push_back(zip(other, part));
        }
        must_hold(zip(Number::batch(parts), other) == Pair::batch(left));
        must_hold(zip(other, Number::batch(parts)) == Pair::batch(right));
    }));
    CHECK(law("pair by pair", [] {
        auto as = any<Numbers>();
        auto bs = any<Numbers>();
        as.resize(std::min(as.size(), bs.size()), Number::ok(0));
        bs.resize(as.size(), Number::ok(0));
        Pair::Batch each;
        for (std::size_t i = 0; i < as.size(); ++i) each.push_back(zip(as[i], bs[i]));
        must_hold(zip(Number::batch(as), Number::batch(bs)) == Pair::batch(each));
    }));
    const Pair uneven = zip(Number::batch({Number::ok(1)}), Number::batch({}));
    REQUIRE(uneven.is_error());
    CHECK(uneven.if_error()->to_text() == "[Internal] zip of a batch of 1 with a batch of 0");
}

TEST_CASE("join_all is all of them, or the worst") {
    CHECK(law("all", [] {
        const auto values = any<std::vector<int>>();
        Numbers all;
        for (const int value : values) all.push_back(Number::ok(value));
        must_hold(join_all(all) == Outcome<std::vector<int>>::ok(values));
    }));
    CHECK(law("the worst, and the first of those", [] {
        const auto all = any<Numbers>();
        const Numbers leaves = flat(all);
        const auto worst = std::max_element(leaves.begin(), leaves.end(),
                                            [](const Number& a, const Number& b) { return place(a) < place(b); });
        if (worst == leaves.end() || worst->is_ok()) return;
        must_hold(shape(join_all(all)) == shape(*worst));
    }));
    CHECK(law("in two halves, zipped", [] {
        const auto first = any<Numbers>();
        const auto second = any<Numbers>();
        must_hold(join_all(joined(first, second)) == zip(join_all(first), join_all(second)).map(concatenated));
    }));
    CHECK(law("a batch counts as what is in it", [] {
        const auto first = any<Numbers>();
        const auto second = any<Numbers>();
        must_hold(join_all(joined({Number::batch(first)}, second)) == join_all(joined(first, second)));
    }));
}

TEST_CASE("join_any is the best of them") {
    CHECK(law("the best, the first of those, or the last error", [] {
        const auto all = any<Numbers>();
        const Numbers leaves = flat(all);
        if (leaves.empty()) return;
        const auto best = std::min_element(leaves.begin(), leaves.end(),
                                           [](const Number& a, const Number& b) { return place(a) < place(b); });
        must_hold(join_any(all) == (best->is_error() ? leaves.back() : *best));
    }));
    CHECK(law("of one", [] {
        const Number m = any_leaf();
        must_hold(join_any(Numbers{m}) == m);
    }));
    CHECK(law("in two halves", [] {
        const auto first = any<Numbers>();
        const auto second = any<Numbers>();
        if (flat(first).empty() || flat(second).empty()) return;
        must_hold(join_any(joined(first, second)) == join_any(Numbers{join_any(first), join_any(second)}));
    }));
    CHECK(law("a batch counts as what is in it", [] {
        const auto first = any<Numbers>();
        const auto second = any<Numbers>();
        must_hold(join_any(joined({Number::batch(first)}, second)) == join_any(joined(first, second)));
    }));
    CHECK(join_any(Numbers{}).if_error()->to_text() == "[Internal] join_any of nothing");
    // Rare among those that are made up: several as good as each other.
    const Number first = Number::error(ErrorKind::conflict, "first");
    const Number last = Number::error(ErrorKind::not_found, "last");
    CHECK(join_any(Numbers{first, last}) == last);
    CHECK(join_any(Numbers{first, Number::retry({.reason = "a"}), Number::retry({.reason = "b"}), last}) ==
          Number::retry({.reason = "a"}));
}
