#include "catch.hpp"

#include <station/net/http_router.hpp>
#include <string>

namespace station::net {
namespace {

// A chat's routes, whose handlers are their own names.
HttpRouter<std::string> chat() {
    HttpRouter<std::string> router;
    router.add("GET", "/", "the page");
    router.add("GET", "/rooms", "the rooms");
    router.add("POST", "/rooms", "a new room");
    router.add("GET", "/rooms/{room}/messages", "the messages");
    router.add("POST", "/rooms/{room}/messages", "a message");
    router.add("DELETE", "/rooms/{room}/messages/{id}", "no message");
    router.add("GET", "/rooms/{room}", "a room");
    router.add("GET", "/rooms/lost", "the lost property office");
    router.add("PUT", "/rooms/{room}/topic", "a topic");
    return router;
}

std::string answer_to(std::string_view method, std::string_view path) {
    static const HttpRouter<std::string> router = chat();
    const auto match = router.match(method, path);
    if (match.handler == nullptr) return std::to_string(match.status) + ' ' + match.allow;
    CHECK(match.status == 200);
    return *match.handler;
}

TEST_CASE("router: method and path find their handler") {
    CHECK(answer_to("GET", "/") == "the page");
    CHECK(answer_to("GET", "/rooms") == "the rooms");
    CHECK(answer_to("POST", "/rooms") == "a new room");
    CHECK(answer_to("GET", "/rooms/tea/messages") == "the messages");
    CHECK(answer_to("DELETE", "/rooms/tea/messages/7") == "no message");
}

TEST_CASE("router: a word goes before a name, whichever came first") {
    CHECK(answer_to("GET", "/rooms/lost") == "the lost property office");
    CHECK(answer_to("GET", "/rooms/found") == "a room");
    CHECK(answer_to("GET", "/rooms/lost/messages") == "the messages");
}

TEST_CASE("router: HEAD is answered beside GET, and nothing beside the others") {
    CHECK(answer_to("HEAD", "/rooms") == "the rooms");
    CHECK(answer_to("HEAD", "/rooms/tea/topic") == "405 PUT");
    HttpRouter<int> router;
    router.add("GET", "/own", 1);
    router.add("HEAD", "/own", 2);
    CHECK(*router.match("HEAD", "/own").handler == 2);
    CHECK(router.match("POST", "/own").allow == "GET, HEAD");
}

TEST_CASE("router: a path without the method is 405, with the methods that it has") {
    CHECK(answer_to("PUT", "/rooms") == "405 GET, HEAD, POST");
    CHECK(answer_to("POST", "/") == "405 GET, HEAD");
    CHECK(answer_to("OPTIONS", "/rooms/tea/messages/7") == "405 DELETE");
    CHECK(answer_to("get", "/rooms") == "405 GET, HEAD, POST");
    // The methods of the path, not of another pattern that would match it as well.
    CHECK(answer_to("POST", "/rooms/lost") == "405 GET, HEAD");
}

TEST_CASE("router: all other paths are 404") {
    for (const std::string path : {"", "*", "rooms", "//", "/rooms/", "/rooms//messages", "/rooms/tea/messages/",
                                   "/Rooms", "/rooms/tea/messages/7/8", "/rooms/tea/message", "/rooms/tea/x"}) {
        CAPTURE(path);
        CHECK(answer_to("GET", path) == "404 ");
        CHECK(answer_to("POST", path) == "404 ");
    }
}

TEST_CASE("router: names take what stands in their place, decoded segment by segment") {
    const HttpRouter<std::string> router = chat();
    const auto match = router.match("DELETE", "/rooms/tea%20%2F%C3%A4+/messages/%2e%2E");
    REQUIRE(match.handler != nullptr);
    CHECK(match.parameters.at("room") == "tea /\xC3\xA4+");
    CHECK(match.parameters.at("id") == "..");
    CHECK(router.match("GET", "/%72ooms").handler == router.match("GET", "/rooms").handler);
    CHECK(router.match("GET", "/rooms%2Ftea").status == 404);
}

}  // namespace
}  // namespace station::net
