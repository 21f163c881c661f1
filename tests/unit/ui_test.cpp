#include <cctype>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "catch.hpp"
#include "ui_support.hpp"

namespace {

using station::final_station::find_ui_file;

// The files of the page, and the address of each.
std::map<std::string, std::filesystem::path> files_of_the_page() {
    std::map<std::string, std::filesystem::path> files;
    for (const auto& [folder, prefix] : {std::pair{"bus", "/"}, std::pair{"shared", "/shared/"}}) {
        for (const auto& entry : std::filesystem::directory_iterator{std::filesystem::path{STATION_UI} / folder}) {
            files[prefix + entry.path().filename().string()] = entry.path();
        }
    }
    return files;
}

TEST_CASE("every file of the page is compiled in, byte for byte, with a type and an etag of its own") {
    std::set<std::string_view> etags;
    const auto files = files_of_the_page();
    for (const auto& [path, source] : files) {
        const auto* file = find_ui_file(path);
        INFO(path);
        REQUIRE(file != nullptr);
        CHECK(file->path == path);
        CHECK(file->body == read_file(source));
        CHECK(file->etag.starts_with('"'));
        CHECK(file->etag.ends_with('"'));
        CHECK(etags.insert(file->etag).second);
    }
    CHECK(files.size() > 10);
}

TEST_CASE("the page itself is at / and nothing else is found") {
    REQUIRE(find_ui_file("/") != nullptr);
    CHECK(find_ui_file("/")->body == find_ui_file("/index.html")->body);
    CHECK(find_ui_file("/")->content_type == "text/html; charset=utf-8");
    CHECK(find_ui_file("/app.js")->content_type == "text/javascript; charset=utf-8");
    CHECK(find_ui_file("/style.css")->content_type == "text/css; charset=utf-8");
    CHECK(find_ui_file("/icon.svg")->content_type == "image/svg+xml");
    for (const char* path : {"", "app.js", "/app.js/", "/bus/app.js", "/dom.js", "/shared/", "/App.js", "//app.js",
                             "/../ui/app.js", "/app.j", "/favicon.ico"}) {
        CHECK(find_ui_file(path) == nullptr);
    }
}

// A proxy may serve the page under a prefix.
TEST_CASE("the page asks for nothing from the root of its host") {
    for (const auto& [path, source] : files_of_the_page()) {
        const std::string text = read_file(source);
        INFO(path);
        for (const char quote : {'"', '\'', '`', '('}) {
            for (std::size_t at = text.find(std::string{quote} + '/'); at != std::string::npos;
                 at = text.find(std::string{quote} + '/', at + 1)) {
                INFO(text.substr(at, 40));
                // Two letters: a path, and not the end of a pattern with its flag.
                const std::string next = text.substr(at + 2, 2);
                CHECK_FALSE((next.size() == 2 && std::isalpha(next[0]) != 0 && std::isalpha(next[1]) != 0));
            }
        }
        CHECK(text.find("location.host}") == std::string::npos);
    }
}

// The server sends a Content-Security-Policy that would stop them; this says where.
TEST_CASE("the page has no inline script or style, and makes no markup from text") {
    for (const auto& [path, source] : files_of_the_page()) {
        const std::string text = read_file(source);
        INFO(path);
        for (const char* word : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval(",
                                 "new Function", "<style", " style=\"", "onclick=\"", "javascript:"}) {
            INFO(word);
            CHECK(text.find(word) == std::string::npos);
        }
    }
    CHECK(read_file(files_of_the_page().at("/index.html")).find("<script>") == std::string::npos);
}

}  // namespace
