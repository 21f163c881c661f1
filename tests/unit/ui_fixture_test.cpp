#include <filesystem>
#include <string>

#include "catch.hpp"
#include "ui_support.hpp"

namespace {

using station::final_station::find_ui_file;

TEST_CASE("a compiled-in file may hold every byte, or none") {
    const std::filesystem::path folder = STATION_UI;
    REQUIRE(find_ui_file("/every_byte.js") != nullptr);
    CHECK(find_ui_file("/every_byte.js")->body == read_file(folder / "every_byte.js"));
    CHECK(find_ui_file("/every_byte.js")->body.size() > 512);
    REQUIRE(find_ui_file("/nothing.css") != nullptr);
    CHECK(find_ui_file("/nothing.css")->body.empty());
    CHECK(find_ui_file("/")->body == find_ui_file("/index.html")->body);
}

}  // namespace
