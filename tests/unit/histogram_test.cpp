#include "catch.hpp"
#include "random.hpp"

#include <algorithm>
#include <cmath>
#include <station/metrics/histogram.hpp>
#include <utility>
#include <vector>

namespace station::metrics {
namespace {

constexpr std::uint64_t kHighest = ~std::uint64_t{0};

using Buckets = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

Buckets buckets_of(const Histogram& histogram) {
    Buckets buckets;
    histogram.for_each_bucket(
        [&](std::uint64_t highest, std::uint64_t times) { buckets.emplace_back(highest, times); });
    return buckets;
}

bool same(const Histogram& a, const Histogram& b) {
    return buckets_of(a) == buckets_of(b) && a.count() == b.count() && a.min() == b.min() && a.max() == b.max() &&
           std::abs(a.mean() - b.mean()) <= 1e-9 * std::abs(a.mean());
}

// At most 1 % above the value, and never below it.
bool close_above(std::uint64_t found, std::uint64_t value) { return found >= value && found - value <= value / 100; }

// The bucket of `value`, seen as the value that stands for it.
std::uint64_t stand_in(std::uint64_t value) {
    Histogram histogram;
    histogram.record(value);
    return buckets_of(histogram).at(0).first;
}

TEST_CASE("histogram: the error stays under 1 % over the whole range") {
    for (std::uint64_t value = 0; value < 2000; ++value) REQUIRE(close_above(stand_in(value), value));
    for (unsigned bit = 0; bit < 64; ++bit) {
        const std::uint64_t power = std::uint64_t{1} << bit;
        CAPTURE(bit);
        CHECK(close_above(stand_in(power - 1), power - 1));
        CHECK(close_above(stand_in(power), power));
        CHECK(close_above(stand_in(power + 1), power + 1));
        CHECK(close_above(stand_in(power + power / 128), power + power / 128));
    }
    CHECK(stand_in(kHighest) == kHighest);
    CHECK(close_above(stand_in(kHighest - 1), kHighest - 1));
}

TEST_CASE("histogram: the error stays under 1 % for random values of any width") {
    test::Random random;
    INFO(random.how_to_repeat());
    for (int i = 0; i < 1000; ++i) {
        const std::uint64_t value = random.any_width();
        CAPTURE(value);
        REQUIRE(close_above(stand_in(value), value));
    }
}

TEST_CASE("histogram: small values are exact") {
    for (std::uint64_t value = 0; value < 256; ++value) CHECK(stand_in(value) == value);
}

TEST_CASE("histogram: buckets come in order, and larger values never in a lower one") {
    Histogram histogram;
    std::vector<std::uint64_t> values{0, kHighest};
    for (unsigned bit = 0; bit < 64; ++bit) {
        const std::uint64_t power = std::uint64_t{1} << bit;
        values.insert(values.end(), {power - 1, power, power + 1, power + power / 3});
    }
    for (const auto value : values) histogram.record(value);
    const Buckets buckets = buckets_of(histogram);
    CHECK(std::ranges::is_sorted(buckets));
    CHECK(std::ranges::adjacent_find(buckets, {}, &Buckets::value_type::first) == buckets.end());
    std::uint64_t sum = 0;
    for (const auto& [highest, times] : buckets) sum += times;
    CHECK(sum == values.size());
}

TEST_CASE("histogram: nothing recorded, everything is 0") {
    const Histogram histogram;
    CHECK(histogram.count() == 0);
    CHECK(histogram.min() == 0);
    CHECK(histogram.max() == 0);
    CHECK(histogram.mean() == 0);
    CHECK(histogram.percentile(50) == 0);
    CHECK(buckets_of(histogram).empty());
}

TEST_CASE("histogram: min, max and mean are exact") {
    Histogram histogram;
    histogram.record(1'000'001);
    CHECK(histogram.min() == 1'000'001);
    CHECK(histogram.max() == 1'000'001);
    CHECK(histogram.percentile(50) == 1'000'001);
    histogram.record(3);
    histogram.record(5'000'003, 2);
    CHECK(histogram.count() == 4);
    CHECK(histogram.min() == 3);
    CHECK(histogram.max() == 5'000'003);
    CHECK(histogram.mean() == (3 + 1'000'001 + 2 * 5'000'003) / 4.0);
    histogram.record(7, 0);
    CHECK(histogram.count() == 4);
    histogram.record(0);
    CHECK(histogram.min() == 0);
}

TEST_CASE("histogram: percentiles of what is easy to count") {
    Histogram histogram;
    for (std::uint64_t value = 1; value <= 100; ++value) histogram.record(value);
    CHECK(histogram.percentile(0) == 1);
    CHECK(histogram.percentile(1) == 1);
    CHECK(histogram.percentile(1.5) == 2);
    CHECK(histogram.percentile(50) == 50);
    CHECK(histogram.percentile(99) == 99);
    CHECK(histogram.percentile(99.1) == 100);
    CHECK(histogram.percentile(100) == 100);
    CHECK(histogram.percentile(-5) == 1);
    CHECK(histogram.percentile(500) == 100);
}

// Recorded so that rank and value are the same: a rank that is one off shows.
TEST_CASE("histogram: percentiles hit their rank where the share is no binary fraction") {
    const std::uint64_t count = GENERATE(10u, 100u, 1000u, 10000u, 100000u, 1000000u);
    Histogram below;
    // 99.9 % of `count` values are 1, all others are 2: percentile(99.9) is 1, whatever 99.9 is in binary.
    for (const std::uint64_t per_mille : {1u, 7u, 29u, 290u, 333u, 570u, 580u, 900u, 950u, 990u, 999u}) {
        if (count * per_mille % 1000 != 0) continue;
        Histogram histogram;
        histogram.record(1, count * per_mille / 1000);
        histogram.record(2, count - count * per_mille / 1000);
        CAPTURE(count, per_mille);
        CHECK(histogram.percentile(static_cast<double>(per_mille) / 10.0) == 1);
        CHECK(histogram.percentile(static_cast<double>(per_mille) / 10.0 + 100.0 / static_cast<double>(count)) == 2);
    }
}

TEST_CASE("histogram: percentiles of random values agree with the sorted values") {
    test::Random random;
    INFO(random.how_to_repeat());
    for (int round = 0; round < 200; ++round) {
        Histogram histogram;
        std::vector<std::uint64_t> values;
        for (std::size_t n = random.between(1, 2000); n > 0; --n) {
            values.push_back(random.chance(0.5) ? random.any_width() : random.between(1000, 2000));
            histogram.record(values.back());
        }
        std::ranges::sort(values);
        for (const std::uint64_t per_mille : {0u, 1u, 10u, 250u, 500u, 900u, 990u, 999u, 1000u}) {
            const std::uint64_t rank = std::max<std::uint64_t>(1, (per_mille * values.size() + 999) / 1000);
            CAPTURE(round, values.size(), per_mille, rank);
            REQUIRE(close_above(histogram.percentile(static_cast<double>(per_mille) / 10.0), values[rank - 1]));
        }
        REQUIRE(histogram.percentile(100) == values.back());
    }
}

TEST_CASE("histogram: merging is the same as recording together") {
    test::Random random;
    INFO(random.how_to_repeat());
    for (int round = 0; round < 50; ++round) {
        std::vector<Histogram> parts(4);
        Histogram together;
        for (int i = 0; i < 500; ++i) {
            const std::uint64_t value = random.any_width();
            const std::uint64_t times = random.between(0, 3);
            parts[random.index(3)].record(value, times);  // the last one stays empty
            together.record(value, times);
        }
        Histogram merged;
        for (const Histogram& part : parts) merged.merge(part);
        CAPTURE(round);
        REQUIRE(same(merged, together));
    }
}

TEST_CASE("histogram: copies are independent, clearing starts over") {
    Histogram original;
    original.record(10);
    Histogram copy{original};
    copy.record(20);
    CHECK(original.count() == 1);
    CHECK(copy.count() == 2);
    CHECK(copy.max() == 20);
    original = copy;
    CHECK(same(original, copy));
    original = *&original;
    CHECK(same(original, copy));
    original.merge(original);
    CHECK(original.count() == 4);
    original.clear();
    CHECK(same(original, Histogram{}));
    original.record(5);
    CHECK(original.min() == 5);
    CHECK(original.max() == 5);
    const Histogram moved{std::move(copy)};
    CHECK(moved.count() == 2);
}

}  // namespace
}  // namespace station::metrics
