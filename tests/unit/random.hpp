// Random data that can be had again: a test that draws from Random says, where it fails, which seed it drew with, and
// STATION_TEST_SEED=… repeats it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace station::test {

// With a sanitizer a tenth of it has to do: how many there are is for the run without.
#if defined(STATION_SLOW_ASSERTIONS)
inline constexpr int kSlowness = 10;
#else
inline constexpr int kSlowness = 1;
#endif

class Random {
  public:
    Random();

    // For Catch's INFO: STATION_TEST_SEED=17
    std::string how_to_repeat() const;

    // Evenly from low to high, both included.
    std::uint64_t between(std::uint64_t low, std::uint64_t high) {
        return std::uniform_int_distribution<std::uint64_t>{low, high}(engine_);
    }
    std::size_t index(std::size_t size) { return static_cast<std::size_t>(between(0, size - 1)); }
    bool chance(double share) { return std::bernoulli_distribution{share}(engine_); }

    // A number of random width: small ones are as likely as huge ones.
    std::uint64_t any_width() { return between(0, ~std::uint64_t{0}) >> between(0, 63); }

  private:
    std::uint64_t seed_;
    std::mt19937_64 engine_;
};

}  // namespace station::test
