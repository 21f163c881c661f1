#include <catch.hpp>
#include <station/ledger/coordinate/coordinate.hpp>
#include <station/ledger/coordinate/kind.hpp>
#include <station/ledger/coordinate/region.hpp>

using namespace station::ledger;

TEST_CASE("a name is 1 to 255 bytes of UTF-8 without control characters") {
    CHECK(is_name("a"));
    CHECK(is_name(std::string(255, 'x')));
    CHECK(is_name("Zo\xc3\xab"));
    CHECK_FALSE(is_name(""));
    CHECK_FALSE(is_name(std::string(256, 'x')));
    CHECK_FALSE(is_name("a\nb"));
    CHECK_FALSE(is_name(std::string_view{"a\0b", 3}));
    CHECK_FALSE(is_name("\x7f"));
    CHECK_FALSE(is_name("\xc2\x85"));
    CHECK_FALSE(is_name("\xff"));
    CHECK_FALSE(is_name("\xc3"));
}

TEST_CASE("a coordinate says which of its names is wrong") {
    const auto good = Coordinate::make("account:7", "bank");
    REQUIRE(good);
    CHECK(good->to_text() == "account:7@bank");
    CHECK(Coordinate::make("", "bank").error().where == "entity");
    CHECK(Coordinate::make("account:7", std::string(300, 's')).error().where == "scope");
    CHECK(Coordinate::make("account:7", "\n").error().code == Errc::bad_coordinate);
}

TEST_CASE("a kind is a category and a type") {
    constexpr EventKind kind = EventKind::custom(15, 4095);
    CHECK(kind.bits() == 0xFFFF);
    CHECK(kind.category() == 15);
    CHECK(kind.type() == 4095);
    CHECK(kind.to_text() == "15:4095");
    CHECK(EventKind::from_text("15:4095") == kind);
    CHECK(EventKind::from_text("0:7") == kinds::erased);
    for (const char* const wrong : {"", ":", "1", "16:0", "1:4096", "-1:0", "1:2:3", "0xF:1", " 1:1"}) {
        CAPTURE(wrong);
        CHECK_FALSE(EventKind::from_text(wrong));
    }
    CHECK(EventKind::make(0, 1).error().code == Errc::reserved_kind);
    CHECK(EventKind::make(13, 1).error().code == Errc::reserved_kind);
    CHECK(EventKind::make(16, 1).error().code == Errc::bad_kind);
    CHECK(EventKind::make(1, 4096).error().code == Errc::bad_kind);
    CHECK(EventKind::make(1, 2).value() == EventKind::custom(1, 2));
}

TEST_CASE("all that a region sets must hold") {
    const EventKind kind = EventKind::custom(1, 2);
    const auto holds = [&](const Region& region) { return region.holds("account:7", "bank", kind, 5); };
    CHECK(holds(Region::all()));
    CHECK(
        holds(Region::of_entity("account:7").with_scope("bank").with_kind(kind).with_category(1).with_sequences(5, 5)));
    CHECK(holds(Region::all().with_prefix("account:")));
    CHECK_FALSE(holds(Region::of_entity("account:")));
    CHECK_FALSE(holds(Region::all().with_prefix("account:8")));
    CHECK_FALSE(holds(Region::of_scope("ban")));
    CHECK_FALSE(holds(Region::of_kind(EventKind::custom(1, 3))));
    CHECK_FALSE(holds(Region::all().with_category(2)));
    CHECK_FALSE(holds(Region::all().with_sequences(0, 4)));
    CHECK_FALSE(holds(Region::all().with_sequences(6, 9)));
    CHECK_FALSE(holds(Region::of_entity("account:7").with_scope("shop")));
}
