// Random choices that a seed repeats.
#pragma once

#include <cstdint>
#include <random>

namespace station::lab {

class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    // Evenly from low to high, both included.
    std::uint64_t pick(std::uint64_t low, std::uint64_t high) {
        return std::uniform_int_distribution<std::uint64_t>{low, high}(engine_);
    }
    bool one_in(std::uint64_t times) { return pick(1, times) == 1; }

  private:
    std::mt19937_64 engine_;
};

}  // namespace station::lab
