#include "catch.hpp"

#include <loadgen/hammer/talk/result.hpp>
#include <loadgen/hammer/talk/room_log.hpp>
#include <loadgen/hammer/talk/script.hpp>
#include <vector>

// Whoever counts must be counted on: what each kind of wrong chat looks like to a member.
namespace station::hammer::talk {
namespace {

using Verdict = RoomLog::Verdict;

RoomLog log_of(const std::vector<Said>& seen) {
    RoomLog log;
    for (const Said& said : seen) (void)log.take(said);
    return log;
}

}  // namespace

TEST_CASE("A member that saw all of it in order misses nothing") {
    const std::vector<Said> all{{3, 0}, {5, 2}, {9, 1}};
    RoomLog log;
    for (const Said& said : all) CHECK(log.take(said) == Verdict::right);
    CHECK(log.missing(all) == 0);
    CHECK(log.first_missing(all) == nullptr);
    CHECK(log.own() == 3);
}

TEST_CASE("What never came is missing") {
    const std::vector<Said> all{{3, 0}, {5, 2}, {9, 1}};
    const RoomLog log = log_of({{3, 0}, {9, 1}});
    CHECK(log.missing(all) == 1);
    REQUIRE(log.first_missing(all) != nullptr);
    CHECK(log.first_missing(all)->sequence == 5);
}

TEST_CASE("What comes again is doubled, also after later ones, and counts once") {
    RoomLog log = log_of({{3, 0}, {5, 2}});
    CHECK(log.take({5, 2}) == Verdict::doubled);
    CHECK(log.take({3, 0}) == Verdict::doubled);
    CHECK(log.own() == 2);
}

TEST_CASE("What comes too late is out of order, and not lost") {
    const std::vector<Said> all{{3, 0}, {5, 2}, {9, 1}};
    RoomLog log = log_of({{3, 0}, {9, 1}});
    CHECK(log.take({5, 2}) == Verdict::out_of_order);
    CHECK(log.missing(all) == 0);
}

TEST_CASE("What others said must be in order, too") {
    RoomLog log = log_of({{3, kStranger}, {5, 0}});
    CHECK(log.take({3, kStranger}) == Verdict::doubled);
    CHECK(log.take({4, kStranger}) == Verdict::out_of_order);
    CHECK(log.own() == 1);
}

TEST_CASE("What the server said that it leaves out is not missing, and nothing else is excused by it") {
    const std::vector<Said> all{{3, 0}, {5, 1}, {6, 2}, {9, 3}, {10, 4}};
    RoomLog log = log_of({{3, 0}});
    log.leave_out();
    CHECK(log.take({9, 3}) == Verdict::right);
    CHECK(log.missing(all) == 1);
    CHECK(log.first_missing(all)->sequence == 10);
}

TEST_CASE("A message at two places is a conflict, and so are two at one") {
    std::uint64_t conflicts = 0;
    CHECK(all_of({{5, 1}, {3, 0}, {5, 1}}, conflicts) == std::vector<Said>{{3, 0}, {5, 1}});
    CHECK(conflicts == 0);
    (void)all_of({{3, 0}, {5, 0}}, conflicts);
    CHECK(conflicts == 1);
    (void)all_of({{3, 0}, {3, 1}}, conflicts);
    CHECK(conflicts == 2);
}

TEST_CASE("A message of this run is known by its id, and its text by its number") {
    const Script script{64, 1, 7};
    const Script other{64, 1, 8};
    CHECK(script.number_of(script.id_of(12)) == 12);
    CHECK(other.number_of(script.id_of(12)) == kStranger);
    CHECK(script.number_of("seed-12") == kStranger);
    std::string text = script.text_of(12, Nanoseconds{5});
    CHECK(text.size() == 64);
    CHECK(text.starts_with("0000000000000005"));
    CHECK(script.is_text_of(12, text));
    CHECK(script.is_text_of(12, script.text_of(12, Nanoseconds{0})));
    CHECK_FALSE(script.is_text_of(13, text));
    text[30] = text[30] == 'x' ? 'y' : 'x';
    CHECK_FALSE(script.is_text_of(12, text));
}

TEST_CASE("No text ends with a space, which the chat would cut off") {
    const Script script{20, 1, 7};
    for (std::uint32_t number = 0; number < 1000; ++number) {
        CHECK(script.text_of(number, Nanoseconds{1}).back() != ' ');
    }
}

TEST_CASE("A run is right where all was seen, and wrong by each fault alone") {
    Result right;
    right.acknowledged = 1;
    CHECK(right.right());
    const auto wrong = [&](auto&& spoil) {
        Result result = right;
        spoil(result);
        return !result.right();
    };
    CHECK(wrong([](Result& result) { result.acknowledged = 0; }));
    CHECK(wrong([](Result& result) { result.lost = 1; }));
    CHECK(wrong([](Result& result) { result.conflicts = 1; }));
    CHECK(wrong([](Result& result) { result.not_stored = 1; }));
    CHECK(wrong([](Result& result) { result.stored_twice = 1; }));
    CHECK(wrong([](Result& result) { result.seen.doubled = 1; }));
    CHECK(wrong([](Result& result) { result.seen.out_of_order = 1; }));
    CHECK(wrong([](Result& result) { result.seen.altered = 1; }));
    CHECK(wrong([](Result& result) { result.seen.unexpected = 1; }));
    CHECK(wrong([](Result& result) { result.seen.refused = 1; }));
    CHECK(wrong([](Result& result) { result.seen.unanswered = 1; }));
    CHECK(wrong([](Result& result) { result.ran_out_of_patience = true; }));
    CHECK(wrong([](Result& result) { result.failure = "no chat"; }));
}

}  // namespace station::hammer::talk
