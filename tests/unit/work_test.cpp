#include "catch.hpp"
#include "gate.hpp"

#include <chrono>
#include <station/flow/work.hpp>
#include <string>
#include <thread>

namespace station::flow {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// One that nobody waits for: a test that has to do it never ends.
constexpr auto kDay = 24h;

TEST_CASE("work: parsed as it is typed") {
    REQUIRE(Work::parse("none"));
    CHECK(Work::parse("none")->kind() == Work::Kind::none);
    REQUIRE(Work::parse("cpu:200us"));
    CHECK(Work::parse("cpu:200us")->kind() == Work::Kind::cpu);
    CHECK(Work::parse("cpu:200us")->cost() == 200us);
    REQUIRE(Work::parse("sleep:1.5ms"));
    CHECK(Work::parse("sleep:1.5ms")->kind() == Work::Kind::sleep);
    CHECK(Work::parse("sleep:1.5ms")->cost() == 1500us);
    CHECK(Work::parse("sleep:0s")->cost() == 0s);
}

TEST_CASE("work: what cannot be parsed is answered with what is expected") {
    for (const char* const text :
         {"", "None", "nothing", "cpu", "sleep", "cpu:", "sleep:", ":1ms", "cpu:-1ms", "cpu:fast", "sleep:1h",
          "cpu: 1ms", " cpu:1ms", "CPU:1ms", "none:1ms", "cpu:1ms:2ms", "cpu=1ms", "nap:1ms"}) {
        INFO('"' << text << '"');
        const auto work = Work::parse(text);
        REQUIRE_FALSE(work);
        CHECK(work.error().find("cpu:TIME") != std::string_view::npos);
    }
}

TEST_CASE("work: takes at least its time") {
    const std::string kind = GENERATE("cpu", "sleep");
    const auto work = Work::parse(kind + ":20ms");
    REQUIRE(work);
    const auto start = Clock::now();
    (*work)();
    CHECK(Clock::now() - start >= 20ms);
}

TEST_CASE("work: abandoned work ends, and later work is free, in all copies") {
    const auto kind = GENERATE(Work::Kind::cpu, Work::Kind::sleep);
    const Work work{kind, kDay};
    const Work copy = work;
    test::Gate begun;
    std::jthread worker([&] {
        begun.arrive();
        copy();
        copy();
    });
    CHECK(begun.wait());
    work.abandon();
    worker.join();
    work();
}

TEST_CASE("work: abandoning one kind of work leaves another alone") {
    const Work one{Work::Kind::sleep, kDay};
    const Work other{Work::Kind::sleep, 20ms};
    one.abandon();
    const auto start = Clock::now();
    other();
    CHECK(Clock::now() - start >= 20ms);
}

}  // namespace
}  // namespace station::flow
