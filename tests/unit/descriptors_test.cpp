#include <utility>

#include "catch.hpp"
#include "server/descriptors.hpp"

namespace station::final_station {
namespace {

TEST_CASE("descriptors: the log gets its share, and of those that connections leave over") {
    const auto shares = [](std::size_t limit, std::size_t connections) {
        const auto found = share_descriptors(limit, 1, connections).value();
        CHECK(found.server + found.log + found.connections <= limit);
        return std::pair{found.log, found.connections};
    };
    const std::size_t server = share_descriptors(100, 1, 10)->server;
    CHECK(shares(server + 400, 10000) == std::pair<std::size_t, std::size_t>{100, 300});
    CHECK(shares(server + 8000, 10000) == std::pair<std::size_t, std::size_t>{1024, 6976});
    CHECK(shares(server + 20000, 10000) == std::pair<std::size_t, std::size_t>{5000, 10000});
    CHECK(shares(server + 500000, 10000) == std::pair<std::size_t, std::size_t>{16384, 10000});
    CHECK_FALSE(share_descriptors(descriptors_needed(1) - 1, 1, 10));
}

}  // namespace
}  // namespace station::final_station
