// What holds people up: guesses, floods, passwords that are slow; and what texts may be.
#include <atomic>
#include <catch.hpp>
#include <future>

#include "chat/model/text.hpp"
#include "chat/service/passwords.hpp"
#include "chat/service/rate.hpp"
#include "chat/service/throttle.hpp"

using namespace station;
using namespace station::chat;

namespace {

std::int64_t begin(Throttle& throttle, std::string_view login, std::string_view address, std::int64_t now) {
    Throttle::Try its;
    return throttle.begin(login, address, now, its);
}

}  // namespace

TEST_CASE("ten wrong tries for a login from an address, then one waits", "[chat]") {
    Throttle throttle;
    for (int i = 0; i < 10; ++i) CHECK(begin(throttle, "ada", "192.0.2.1", 100 + i) == 0);
    CHECK(begin(throttle, "ada", "192.0.2.1", 110) == 170);
    CHECK(begin(throttle, "ADA", "192.0.2.1", 110) == 170);
    CHECK(begin(throttle, "bob", "192.0.2.1", 110) == 0);
    CHECK(begin(throttle, "ada", "192.0.2.2", 110) == 0);
    CHECK(begin(throttle, "ada", "192.0.2.1", 279) == 1);
    CHECK(begin(throttle, "ada", "192.0.2.1", 280) == 0);
    CHECK(begin(throttle, "ada", "192.0.2.1", 280) == 1);
}

TEST_CASE("a hundred from an address, whatever the login", "[chat]") {
    Throttle throttle;
    for (int i = 0; i < 100; ++i) CHECK(begin(throttle, "user" + std::to_string(i), "192.0.2.1", 0) == 0);
    CHECK(begin(throttle, "another", "192.0.2.1", 0) == 180);
    CHECK(begin(throttle, "another", "::ffff:192.0.2.1", 0) == 180);
    CHECK(begin(throttle, "another", "192.0.2.2", 0) == 0);
}

TEST_CASE("a right try is forgiven, and takes no other's place", "[chat]") {
    Throttle throttle;
    for (int i = 0; i < 500; ++i) {
        Throttle::Try its;
        REQUIRE(throttle.begin("ada", "192.0.2.1", 0, its) == 0);
        throttle.forgive(its);
    }
    for (int i = 0; i < 9; ++i) CHECK(begin(throttle, "ada", "192.0.2.1", 1) == 0);
    Throttle::Try right;
    REQUIRE(throttle.begin("ada", "192.0.2.1", 1, right) == 0);
    CHECK(begin(throttle, "ada", "192.0.2.1", 1) > 0);
    throttle.forgive(right);
    CHECK(begin(throttle, "ada", "192.0.2.1", 1) == 0);
}

TEST_CASE("of an IPv6 address a customer's network counts", "[chat]") {
    CHECK(counted_address("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::");
    CHECK(counted_address("2001:db8:1:2::1") == counted_address("2001:db8:1:2:ffff::"));
    CHECK(counted_address("2001:db8:1:3::1") != counted_address("2001:db8:1:2::1"));
    CHECK(counted_address("::ffff:192.0.2.1") == "192.0.2.1");
    CHECK(counted_address("192.0.2.1") == "192.0.2.1");
    CHECK(counted_address("") == "");
}

TEST_CASE("a flood of addresses takes bounded memory, and those that come back later still wait", "[chat]") {
    Throttle throttle;
    for (int i = 0; i < 250'000; ++i) CHECK(begin(throttle, "x", "192.0.2." + std::to_string(i), 0) == 0);
    for (int i = 0; i < 10; ++i) CHECK(begin(throttle, "ada", "198.51.100.1", 1) == 0);
    CHECK(begin(throttle, "ada", "198.51.100.1", 1) > 0);
}

TEST_CASE("messages come from a bucket that fills", "[chat]") {
    const Id ada = random_id();
    Rate rate{RateLimit{60, 3}};
    std::int64_t now = 1'700'000'000'000'000'000;
    for (int i = 0; i < 3; ++i) {
        CHECK(rate.wait(ada, now) == 0);
        rate.spend(ada, now);
    }
    CHECK(rate.wait(ada, now) == 1);
    CHECK(rate.wait(random_id(), now) == 0);
    rate.give_back(ada);
    CHECK(rate.wait(ada, now) == 0);
    rate.spend(ada, now);
    now += 999'000'000;
    CHECK(rate.wait(ada, now) == 1);
    now += 1'000'000;
    CHECK(rate.wait(ada, now) == 0);
    now += 3'600'000'000'000;
    for (int i = 0; i < 3; ++i) rate.spend(ada, now);
    CHECK(rate.wait(ada, now) == 1);
    Rate none{std::nullopt};
    for (int i = 0; i < 1000; ++i) none.spend(ada, now);
    CHECK(none.wait(ada, now) == 0);
}

TEST_CASE("a rate as it is written", "[chat]") {
    CHECK(RateLimit::parse("60:20").value()->per_minute == 60);
    CHECK(RateLimit::parse("60:20").value()->burst == 20);
    CHECK_FALSE(RateLimit::parse("none").value());
    for (const char* wrong : {"", "60", "60:", ":20", "0:1", "1:0", "-1:1", "1:2:3", "a:b", "None"}) {
        INFO(wrong);
        CHECK_FALSE(RateLimit::parse(wrong));
    }
}

TEST_CASE("passwords are told from each other, on a thread of their own", "[chat]") {
    Passwords passwords;
    const auto hashed = [&](const std::string& password) {
        const auto hash = std::make_shared<std::promise<std::string>>();
        REQUIRE(passwords.hash(password, [hash](std::string made) { hash->set_value(std::move(made)); }));
        return hash->get_future().get();
    };
    const auto fits = [&](const std::string& password, const std::string& hash) {
        const auto right = std::make_shared<std::promise<bool>>();
        REQUIRE(passwords.check(password, hash, [right](bool is_right) { right->set_value(is_right); }));
        return right->get_future().get();
    };
    const std::string hash = hashed("correct horse");
    CHECK(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    CHECK(hash != hashed("correct horse"));
    CHECK(fits("correct horse", hash));
    CHECK_FALSE(fits("wrong horse", hash));
    CHECK_FALSE(fits("", hash));
    CHECK_FALSE(fits("correct horse", ""));
    CHECK_FALSE(fits("correct horse", "no hash"));
}

TEST_CASE("so many passwords wait and no more, and all are answered at the end", "[chat]") {
    Passwords passwords;
    std::promise<void> begun;
    std::promise<void> go_on;
    std::shared_future<void> gate = go_on.get_future().share();
    std::atomic<int> answered{0};
    REQUIRE(passwords.check("x", "no hash", [&](bool) {
        begun.set_value();
        gate.wait();
    }));
    begun.get_future().wait();
    std::size_t taken = 0;
    while (passwords.check("x", "no hash", [&](bool) { ++answered; })) ++taken;
    CHECK(taken == Passwords::kMostWaiting);
    CHECK_FALSE(passwords.hash("x", [](const std::string&) {}));
    go_on.set_value();
    passwords.stop();
    CHECK(answered == static_cast<int>(taken));
    CHECK_FALSE(passwords.check("x", "no hash", [](bool) {}));
}
