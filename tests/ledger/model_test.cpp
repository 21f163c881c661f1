// Random histories of a store against the model. STATION_TEST_SEED=17 runs that one alone, STATION_TEST_COUNT=2000 so
// many from it on, or from 1.
#include <catch.hpp>
#include <cstdlib>
#include <history.hpp>
#include <iostream>

using namespace station;
using namespace station::ledger::test;

namespace {

std::optional<std::uint64_t> number_from(const char* variable) {
    const char* const text = std::getenv(variable);
    return text == nullptr ? std::nullopt : std::optional{std::strtoull(text, nullptr, 10)};
}

std::string run(std::uint64_t seed, HistoryCounts& counts) {
    History history{seed};
    std::string failure;
    try {
        history.run();
    } catch (const lab::Broken& broken) {
        for (const std::string& step : history.steps()) failure += "  " + step + "\n";
        failure += "seed " + std::to_string(seed) + ": " + broken.what();
    }
    counts.add(history.counts());
    return failure;
}

}  // namespace

TEST_CASE("whatever happens to a store, it is the ledger that the model says") {
    const auto seed = number_from("STATION_TEST_SEED");
    const std::uint64_t first = seed.value_or(1);
    const std::uint64_t count = number_from("STATION_TEST_COUNT").value_or(seed ? 1 : 1000);
    HistoryCounts counts;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::string failure = run(first + i, counts);
        if (failure.empty()) continue;
        std::cerr << failure << '\n';
        FAIL("seed " << first + i);
    }
    std::cout << count << " histories: " << counts.acknowledged << " appends acknowledged, " << counts.refused
              << " refused by the disk, " << counts.mismatches << " mismatches, " << counts.duplicates
              << " known keys, " << counts.followers << " keys under way, " << counts.reused << " keys reused, "
              << counts.hidden << " records hidden, " << counts.secrets << " secrets, " << counts.forgotten
              << " forgotten, " << counts.proved << " proved, " << counts.turned_up << " turned up, " << counts.restarts
              << " restarts, " << counts.power_cuts << " power cuts\n";
    CHECK(count > 0);
    if (count < 100) return;
    // Otherwise it proves nothing.
    for (const std::uint64_t seen :
         {counts.acknowledged, counts.refused, counts.mismatches, counts.duplicates, counts.followers, counts.reused,
          counts.hidden, counts.secrets, counts.forgotten, counts.proved, counts.turned_up, counts.power_cuts}) {
        CHECK(seen > 0);
    }
}

TEST_CASE("a seed gives the same history again, to the last byte") {
    for (const std::uint64_t seed : {3U, 11U}) {
        History first{seed};
        History second{seed};
        History other{seed + 1};
        first.run();
        second.run();
        other.run();
        CHECK(first.steps() == second.steps());
        CHECK(first.digest() == second.digest());
        CHECK(first.digest() != other.digest());
    }
}
