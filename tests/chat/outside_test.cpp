// Where the chat is to those outside, and whom it calls there.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <catch.hpp>
#include <cstring>

#include "chat/doors/site.hpp"
#include "chat/webhooks/addresses.hpp"
#include "chat/webhooks/webhook_text.hpp"
#include "server/web_port.hpp"

using namespace station;
using namespace station::chat;

namespace {

bool is_public_text(const char* text) {
    sockaddr_storage storage{};
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    if (::inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        std::memcpy(&storage, &v4, sizeof v4);
    } else {
        REQUIRE(::inet_pton(AF_INET6, text, &v6.sin6_addr) == 1);
        v6.sin6_family = AF_INET6;
        std::memcpy(&storage, &v6, sizeof v6);
    }
    return is_public(reinterpret_cast<const sockaddr&>(storage));
}

net::HttpRequest forwarded(std::vector<std::string> values) {
    net::HttpRequest request;
    for (std::string& value : values) request.headers.emplace_back("x-forwarded-for", std::move(value));
    return request;
}

}  // namespace

TEST_CASE("addresses of the outside, and all others", "[chat]") {
    for (const char* outside :
         {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
          "192.167.255.255", "192.169.0.0", "223.255.255.255", "169.253.0.1", "2606:4700::1111", "2001:4860::8888",
          "2002:101:101::1", "64:ff9b::101:101", "::ffff:1.1.1.1"}) {
        INFO(outside);
        CHECK(is_public_text(outside));
    }
    for (const char* inside : {"0.0.0.0",
                               "0.1.2.3",
                               "10.0.0.0",
                               "10.255.255.255",
                               "100.64.0.0",
                               "127.0.0.1",
                               "127.255.255.255",
                               "169.254.169.254",
                               "172.16.0.1",
                               "172.31.255.255",
                               "192.0.0.8",
                               "192.168.0.1",
                               "198.18.0.1",
                               "198.19.255.255",
                               "224.0.0.1",
                               "239.255.255.255",
                               "240.0.0.1",
                               "255.255.255.255",
                               "192.0.2.1",
                               "198.51.100.1",
                               "203.0.113.1",
                               "192.88.99.1",
                               "::",
                               "::1",
                               "fe80::1",
                               "fc00::1",
                               "fdff::1",
                               "ff02::1",
                               "::ffff:127.0.0.1",
                               "::ffff:10.0.0.1",
                               "::ffff:169.254.169.254",
                               "64:ff9b::7f00:1",
                               "64:ff9b:1::1",
                               "2002:7f00:1::1",
                               "2002:a00:1::",
                               "2001::1",
                               "2001:1::1",
                               "2001:db8::1",
                               "::127.0.0.1",
                               "100::1",
                               "fec0::1",
                               "3fff::1"}) {
        INFO(inside);
        CHECK_FALSE(is_public_text(inside));
    }
}

TEST_CASE("an address of one of this machine's interfaces is known", "[chat]") {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(is_of_this_machine(reinterpret_cast<const sockaddr&>(address)));
    address.sin_addr.s_addr = htonl(0xC0000201);
    CHECK_FALSE(is_of_this_machine(reinterpret_cast<const sockaddr&>(address)));
}

TEST_CASE("what a bot is told is text in markup, without its own mention", "[chat]") {
    CHECK(html_of("<b>&\"\n</b>") == "&lt;b&gt;&amp;&quot;<br>&lt;/b&gt;");
    CHECK(without_mention("@bot hello", "bot") == "hello");
    CHECK(without_mention("hello @BOT", "bot") == "hello");
    CHECK(without_mention("@bot, @bot: hi", "bot") == ", : hi");
    CHECK(without_mention("@bottom up", "bot") == "@bottom up");
    CHECK(without_mention("@bo", "bot") == "@bo");
    CHECK(without_mention("", "bot").empty());
    CHECK(without_mention("@bot", "bot").empty());
}

TEST_CASE("where the chat is", "[chat]") {
    const auto site = Site::from("https://Chat.Example.org:443/");
    REQUIRE(site);
    CHECK(site->is_https());
    CHECK(site->host() == "chat.example.org");
    CHECK(site->beginning("127.0.0.1:9000") == "https://chat.example.org");
    CHECK(site->is_own_origin("https://chat.example.org", "whatever"));
    CHECK_FALSE(site->is_own_origin("http://chat.example.org", "chat.example.org"));
    CHECK_FALSE(site->is_own_origin("https://chat.example.org.evil.example", "chat.example.org"));
    CHECK(Site::from("http://chat.example.org:8080")->beginning("") == "http://chat.example.org:8080");
    CHECK(Site::from("http://127.0.0.1")->beginning("") == "http://127.0.0.1");
    CHECK(Site::from("http://[::1]:9000")->beginning("") == "http://[::1]:9000");
    for (const char* wrong : {"chat.example.org", "https://", "ftp://a", "https://a/b", "https://a:x", "https://a b",
                              "https://a?x", "https://user@a", "https://a//"}) {
        INFO(wrong);
        CHECK_FALSE(Site::from(wrong));
    }
    const auto unnamed = Site::from("");
    REQUIRE(unnamed);
    CHECK(unnamed->is_own_origin("http://127.0.0.1:9000", "127.0.0.1:9000"));
    CHECK(unnamed->is_own_origin("http://LOCALHOST:9000", "localhost:9000"));
    CHECK_FALSE(unnamed->is_own_origin("null", ""));
    CHECK_FALSE(unnamed->is_own_origin("http://", ""));
    CHECK_FALSE(unnamed->is_own_origin("http://127.0.0.1:9001", "127.0.0.1:9000"));
}

TEST_CASE("who asks, behind a proxy", "[chat]") {
    final_station::WebPort web;
    CHECK(web.client_address("127.0.0.1", forwarded({"192.0.2.1"})) == "127.0.0.1");
    web.is_behind_proxy = true;
    CHECK(web.client_address("127.0.0.1", forwarded({"192.0.2.1"})) == "192.0.2.1");
    CHECK(web.client_address("::1", forwarded({"198.51.100.1, 192.0.2.1"})) == "192.0.2.1");
    CHECK(web.client_address("::ffff:127.0.0.1", forwarded({"198.51.100.1", "192.0.2.1"})) == "192.0.2.1");
    CHECK(web.client_address("127.0.0.1", forwarded({"[2001:db8::1]:4711"})) == "2001:db8::1");
    CHECK(web.client_address("127.0.0.1", forwarded({"2001:db8::1"})) == "2001:db8::1");
    CHECK(web.client_address("127.0.0.1", forwarded({"192.0.2.1:4711"})) == "192.0.2.1");
    CHECK(web.client_address("127.0.0.1", forwarded({"nonsense"})) == "127.0.0.1");
    CHECK(web.client_address("127.0.0.1", forwarded({})) == "127.0.0.1");
    CHECK(web.client_address("203.0.113.9", forwarded({"192.0.2.1"})) == "203.0.113.9");
}

TEST_CASE("what lies in the open folder", "[chat]") {
    final_station::WebPort web;
    CHECK_FALSE(web.is_open("/chat/"));
    web.open_folder = "/chat";
    for (const char* open : {"/chat", "/chat/", "/chat/api/me"}) CHECK(web.is_open(open));
    for (const char* closed : {"/", "/chats", "/api/chat/", "", "/CHAT/"}) CHECK_FALSE(web.is_open(closed));
}
