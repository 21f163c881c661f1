#include <catch.hpp>
#include <numeric>
#include <station/ledger/outcome/combine.hpp>
#include <string>
#include <utility>
#include <vector>

#include "arbitrary_outcome.hpp"

using namespace station::ledger;
using station::test::leaf;
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
std::string shape(const auto& m) {
    return outcome_to_json(m.map([](const auto&) { return 0; }));
}

Numbers flat(const Numbers& outcomes) {
    Numbers result;
    for (const Number& one : outcomes) {
        result = joined(std::move(result), one.is_batch() ? flat(*one.if_batch()) : Numbers{one});
    }
    return result;
}

rc::Gen<Number> any_leaf() { return leaf<int>(); }

}  // namespace

TEST_CASE("zip is both, or the worse of them") {
    CHECK(rc::check("both", [](int a, int b) { RC_ASSERT(zip(Number::ok(a), Number::ok(b)) == Pair::ok({a, b})); }));
    CHECK(rc::check("the worse of them, the first of two that are as bad", [] {
        const Number a = *any_leaf();
        const Number b = *any_leaf();
        if (a.is_ok() && b.is_ok()) return;
        RC_ASSERT(shape(zip(a, b)) == shape(place(a) >= place(b) ? a : b));
    }));
    CHECK(rc::check("with an ok it is map", [](const Number& m, int x) {
        RC_ASSERT(zip(Number::ok(x), m) == m.map([x](int y) { return std::pair{x, y}; }));
        RC_ASSERT(zip(m, Number::ok(x)) == m.map([x](int y) { return std::pair{y, x}; }));
    }));
    CHECK(rc::check("naturality", [](const Number& a, const Number& b) {
        RC_ASSERT(zip(a.map(twice), b.map(next)) == zip(a, b).map([](const std::pair<int, int>& it) {
            return std::pair{twice(it.first), next(it.second)};
        }));
    }));
    CHECK(rc::check("associativity", [] {
        const Number a = *any_leaf();
        const Number b = *any_leaf();
        const Number c = *any_leaf();
        RC_ASSERT(zip(zip(a, b), c).map([](const auto& it) {
            return std::tuple{it.first.first, it.first.second, it.second};
        }) == zip(a, zip(b, c)).map([](const auto& it) {
            return std::tuple{it.first, it.second.first, it.second.second};
        }));
    }));
}

TEST_CASE("zip distributes over a batch") {
    CHECK(rc::check("with what is none, on either side", [](const Numbers& parts) {
        const Number other = *any_leaf();
        Pair::Batch left;
        Pair::Batch right;
        for (const Number& part : parts) {
            left.push_back(zip(part, other));
            right.push_back(zip(other, part));
        }
        RC_ASSERT(zip(Number::batch(parts), other) == Pair::batch(left));
        RC_ASSERT(zip(other, Number::batch(parts)) == Pair::batch(right));
    }));
    CHECK(rc::check("pair by pair", [](const std::vector<std::pair<Number, Number>>& pairs) {
        Numbers as;
        Numbers bs;
        Pair::Batch each;
        for (const auto& [a, b] : pairs) {
            as.push_back(a);
            bs.push_back(b);
            each.push_back(zip(a, b));
        }
        RC_ASSERT(zip(Number::batch(as), Number::batch(bs)) == Pair::batch(each));
    }));
    const Pair uneven = zip(Number::batch({Number::ok(1)}), Number::batch({}));
    REQUIRE(uneven.is_error());
    CHECK(uneven.if_error()->to_text() == "[Internal] zip of a batch of 1 with a batch of 0");
}

TEST_CASE("join_all is all of them, or the worst") {
    CHECK(rc::check("all", [](const std::vector<int>& values) {
        Numbers all;
        for (const int value : values) all.push_back(Number::ok(value));
        RC_ASSERT(join_all(all) == Outcome<std::vector<int>>::ok(values));
    }));
    CHECK(rc::check("the worst, and the first of those", [](const Numbers& all) {
        const Numbers leaves = flat(all);
        const auto worst = std::max_element(leaves.begin(), leaves.end(),
                                            [](const Number& a, const Number& b) { return place(a) < place(b); });
        if (worst == leaves.end() || worst->is_ok()) return;
        RC_ASSERT(shape(join_all(all)) == shape(*worst));
    }));
    CHECK(rc::check("in two halves, zipped", [](const Numbers& first, const Numbers& second) {
        RC_ASSERT(join_all(joined(first, second)) == zip(join_all(first), join_all(second)).map(concatenated));
    }));
    CHECK(rc::check("a batch counts as what is in it", [](const Numbers& first, const Numbers& second) {
        RC_ASSERT(join_all(joined({Number::batch(first)}, second)) == join_all(joined(first, second)));
    }));
}

TEST_CASE("join_any is the best of them") {
    CHECK(rc::check("the best, the first of those, or the last error", [](const Numbers& all) {
        const Numbers leaves = flat(all);
        if (leaves.empty()) return;
        const auto best = std::min_element(leaves.begin(), leaves.end(),
                                           [](const Number& a, const Number& b) { return place(a) < place(b); });
        RC_ASSERT(join_any(all) == (best->is_error() ? leaves.back() : *best));
    }));
    CHECK(rc::check("of one", [] {
        const Number m = *any_leaf();
        RC_ASSERT(join_any(Numbers{m}) == m);
    }));
    CHECK(rc::check("in two halves", [](const Numbers& first, const Numbers& second) {
        if (flat(first).empty() || flat(second).empty()) return;
        RC_ASSERT(join_any(joined(first, second)) == join_any(Numbers{join_any(first), join_any(second)}));
    }));
    CHECK(rc::check("a batch counts as what is in it", [](const Numbers& first, const Numbers& second) {
        RC_ASSERT(join_any(joined({Number::batch(first)}, second)) == join_any(joined(first, second)));
    }));
    CHECK(join_any(Numbers{}).if_error()->to_text() == "[Internal] join_any of nothing");
}
