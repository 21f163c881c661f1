#include "random.hpp"

#include <cstdlib>

namespace station::test {
namespace {

std::uint64_t pick_seed() {
    if (const char* const wanted = std::getenv("STATION_TEST_SEED")) return std::strtoull(wanted, nullptr, 10);
    return std::random_device{}();
}

}  // namespace

Random::Random() : seed_(pick_seed()), engine_(seed_) {}

std::string Random::how_to_repeat() const { return "STATION_TEST_SEED=" + std::to_string(seed_); }

}  // namespace station::test
