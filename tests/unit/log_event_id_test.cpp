#include "catch.hpp"
#include "random.hpp"

#include <set>
#include <station/log/event_id.hpp>

namespace station::log {
namespace {

constexpr std::int64_t kNow = 1700000000123456789;

TEST_CASE("event id: to text and back") {
    const std::string text = "018bcfe5-6800-7abc-8123-456789abcdef";
    const auto id = EventId::from_text(text);
    REQUIRE(id);
    CHECK(id->to_text() == text);
    CHECK(EventId::from_text("018BCFE5-6800-7ABC-8123-456789ABCDEF") == id);
    CHECK(id->milliseconds() == 1700000000000);
    CHECK(EventId{}.to_text() == "00000000-0000-0000-0000-000000000000");
    for (const char* const bad :
         {"", "018bcfe5", "018bcfe568007abc8123456789abcdef", "018bcfe5-6800-7abc-8123-456789abcdeg",
          "018bcfe5-6800-7abc-8123-456789abcdef0", "018bcfe5-6800-7abc-8123_456789abcdef"}) {
        CHECK_FALSE(EventId::from_text(bad));
    }
}

TEST_CASE("event id: is a UUIDv7 of its time") {
    EventIdGenerator ids;
    const std::string text = ids.next(kNow).to_text();
    CHECK(text.substr(0, 13) == "018bcfe5-687b");
    CHECK(text[14] == '7');
    CHECK(std::string{"89ab"}.find(text[19]) != std::string::npos);
}

TEST_CASE("event id: strictly increasing while the clock stands still, goes back and forth") {
    test::Random random;
    INFO(random.how_to_repeat());
    EventIdGenerator ids{[&] { return random.between(0, ~std::uint64_t{0}); }};
    EventId last;
    std::int64_t now = kNow;
    for (int i = 0; i < 200000; ++i) {
        if (random.chance(0.01)) now += static_cast<std::int64_t>(random.between(0, 10'000'000)) - 5'000'000;
        const EventId id = ids.next(now);
        REQUIRE(id > last);
        last = id;
    }
}

TEST_CASE("event id: still increasing where a millisecond has more events than the counter holds") {
    EventIdGenerator ids;
    // The last counter of a millisecond: 26 ones.
    ids.continue_after(*EventId::from_text("018bcfe5-687b-7fff-bfff-000000000000"));
    const EventId next = ids.next(kNow);
    CHECK(next > *EventId::from_text("018bcfe5-687b-7fff-bfff-ffffffffffff"));
    CHECK(next.milliseconds() == kNow / 1'000'000 + 1);
    CHECK(ids.next(kNow) > next);
}

TEST_CASE("event id: goes on behind the id it is told, even one of the future") {
    const auto future = *EventId::from_text("ffffffff-0000-7123-8123-456789abcdef");
    EventIdGenerator ids;
    ids.continue_after(future);
    EventId last = future;
    for (int i = 0; i < 1000; ++i) {
        const EventId id = ids.next(kNow);
        REQUIRE(id > last);
        last = id;
    }
    EventIdGenerator past;
    past.continue_after(*EventId::from_text("00000000-0000-7000-8000-000000000000"));
    CHECK(past.next(kNow).milliseconds() == kNow / 1'000'000);
}

TEST_CASE("event id: what a simulation draws decides the id") {
    const auto id = [](std::uint64_t drawn) { return EventIdGenerator{[drawn] { return drawn; }}.next(kNow); };
    CHECK(id(0).to_text() == "018bcfe5-687b-7000-8000-000000000000");
    CHECK(id(~std::uint64_t{0}).to_text() == "018bcfe5-687b-77ff-bfff-ffffffffffff");
}

TEST_CASE("event id: generators of the same moment do not collide") {
    std::set<EventId> seen;
    for (int i = 0; i < 1000; ++i) {
        EventIdGenerator ids;
        CHECK(seen.insert(ids.next(kNow)).second);
    }
}

}  // namespace
}  // namespace station::log
