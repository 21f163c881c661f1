#include "server/metrics_page.hpp"

#include <algorithm>
#include <filesystem>
#include <station/log/bus.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "engine/local.hpp"

namespace station::final_station {
namespace {

// A folder that goes with its test.
struct Folder {
    std::filesystem::path path;

    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "station-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~Folder() { std::filesystem::remove_all(path); }
};

// Lines without their values, which change from one look to the next.
std::vector<std::string> series(const std::string& text) {
    std::vector<std::string> names;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        REQUIRE(end != std::string::npos);
        const std::string line = text.substr(at, end - at);
        names.push_back(line.starts_with('#') ? line : line.substr(0, line.rfind(' ')));
        at = end + 1;
    }
    return names;
}

std::string whole_page(const Station& station) {
    std::string all;
    MetricsPage page{station};
    while (page.next(all, std::size_t{1} << 20)) continue;
    return all;
}

TEST_CASE("metrics page: in pieces of any size it is the same page, and no piece is much longer than asked for") {
    const Folder folder;
    log::BusConfig config;
    config.dir = folder.path / "data";
    config.durability = log::Durability::os();
    config.first_topic = kFirstTopic;
    auto bus = log::Bus::open(config);
    REQUIRE(bus);
    Station station{engine::local(std::move(*bus), config.durability), Settings{}};
    REQUIRE_FALSE(station.open());
    for (int i = 0; i < 150; ++i) REQUIRE(station.registry.find_or_make("topic-" + std::to_string(i)));

    const std::vector<std::string> whole = series(whole_page(station));
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{1000}, std::size_t{16384}}) {
        std::string text;
        std::size_t longest = 0;
        MetricsPage page{station};
        for (bool more = true; more;) {
            const std::size_t before = text.size();
            more = page.next(text, bytes);
            longest = std::max(longest, text.size() - before);
        }
        CHECK(series(text) == whole);
        CHECK(longest < bytes + 8192);
        CHECK_FALSE(page.next(text, bytes));
    }
    const auto of_topics = std::count_if(whole.begin(), whole.end(), [](const std::string& one) {
        return one.find("{topic=\"topic-") != one.npos;
    });
    CHECK(of_topics == 150 * 8);
    REQUIRE_FALSE(station.shutdown());
}

TEST_CASE("metrics page: a topic that comes while it is written does not break it") {
    const Folder folder;
    log::BusConfig config;
    config.dir = folder.path / "data";
    config.durability = log::Durability::os();
    auto bus = log::Bus::open(config);
    REQUIRE(bus);
    Station station{engine::local(std::move(*bus), config.durability), Settings{}};
    REQUIRE_FALSE(station.open());
    const std::vector<std::string> before = series(whole_page(station));
    std::string text;
    MetricsPage page{station};
    REQUIRE(page.next(text, 1));
    REQUIRE(station.registry.find_or_make("late"));
    while (page.next(text, 1)) continue;
    CHECK(series(text) == before);
    REQUIRE_FALSE(station.shutdown());
}

}  // namespace
}  // namespace station::final_station
