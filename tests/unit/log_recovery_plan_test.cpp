// The judgement of recovery alone: no disk, no bus.
#include "catch.hpp"

#include <station/log/detail/recovery_plan.hpp>

namespace station::log {
namespace {

using Header = FoundSegment::Header;

constexpr std::uint64_t kSize = 4096;

EventId id(std::uint64_t offset) {
    std::array<std::byte, EventId::kSize> bytes{};
    bytes[0] = std::byte{1};
    bytes[14] = static_cast<std::byte>(offset >> 8);
    bytes[15] = static_cast<std::byte>(offset);
    return EventId{bytes};
}

Record record(std::uint64_t offset) {
    Record record;
    record.id = id(offset);
    record.time = static_cast<std::int64_t>(offset);
    record.offset = offset;
    return record;
}

// Segments of ten events each, with their indexes, the last one active and without.
FoundFiles sound_log(std::uint32_t count) {
    FoundFiles found;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint64_t base = 10 * i;
        FoundSegment segment{i + 1, kSize, Header::sound, {base, static_cast<std::int64_t>(i), 1, kPreviousDurable}};
        IndexSummary index{true, base, segment.header.created, kSize, base + 10, 0, 0, id(base), id(base + 9)};
        index.first_time = static_cast<std::int64_t>(base);
        index.last_time = static_cast<std::int64_t>(base + 9);
        if (i + 1 < count) segment.index = index;
        found.segments.push_back(segment);
    }
    return found;
}

// What a scan finds in a segment that holds the events [first, next).
Scan scan_of(std::uint64_t first, std::uint64_t next, std::uint64_t end = kSize, std::uint64_t proven = 0) {
    Scan scan;
    scan.end = end;
    scan.events = next - first;
    scan.proven = proven;
    scan.first = record(first);
    scan.last = record(next - 1);
    scan.next = {next, scan.last.time, scan.last.id};
    return scan;
}

Gap gap(std::uint64_t from, std::uint64_t to, std::uint64_t first, std::uint64_t next, bool behind) {
    return {{from, to, first, next}, behind, 0};
}

RecoveryPlanner planner_of(const FoundFiles& found, std::optional<std::uint64_t> up_to = std::nullopt) {
    return {found, "topic", {1, up_to}};
}

TEST_CASE("plan: sealed segments with an index that fits are believed, the last one is scanned") {
    const FoundFiles found = sound_log(3);
    auto planner = planner_of(found);
    CHECK(planner.sure_scans() == std::vector<std::size_t>{2});
    const auto order = planner.next_scan();
    REQUIRE(order);
    CHECK(order->segment == 2);
    CHECK(order->limit == kSize);
    CHECK(order->expected.offset == 20);
    CHECK(order->expected.id == id(19));
    planner.scanned(scan_of(20, 25, 900, 500));
    CHECK_FALSE(planner.next_scan());
    const RecoveryPlan plan = std::move(planner).plan();
    CHECK(plan.damage.empty());
    CHECK_FALSE(plan.cut);
    REQUIRE(plan.segments.size() == 3);
    CHECK_FALSE(plan.segments[0].index);
    CHECK(plan.segments[0].summary.sealed);
    CHECK(plan.segments[2].index);
    CHECK_FALSE(plan.segments[2].summary.sealed);
    CHECK(plan.segments[2].end == 900);
    CHECK(plan.segments[2].proven == 500);
    CHECK(plan.next.offset == 25);
    CHECK(plan.scanned_segments == 1);
}

TEST_CASE("plan: a segment is scanned where its index is missing, or does not fit its neighbours") {
    FoundFiles found = sound_log(3);
    auto& index = found.segments[0].index;
    switch (GENERATE(0, 1, 2, 3)) {
        case 0: index.reset(); break;
        case 1: index->sealed = false; break;
        case 2: index->durable_end = kSize + 1; break;  // longer than the segment
        default: index->next_offset = 9;                // the next one begins elsewhere
    }
    auto planner = planner_of(found);
    CHECK(planner.sure_scans() == std::vector<std::size_t>{0, 2});
    REQUIRE(planner.next_scan()->segment == 0);
    planner.scanned(scan_of(0, 10));
    REQUIRE(planner.next_scan()->segment == 2);
    planner.scanned(scan_of(20, 21));
    const RecoveryPlan plan = std::move(planner).plan();
    CHECK(plan.damage.empty());
    CHECK(plan.segments[0].index);
    CHECK(plan.segments[0].summary.sealed);
    CHECK_FALSE(plan.segments[1].index);
}

TEST_CASE("plan: a segment that goes back in id or time is not believed, whatever its index says") {
    FoundFiles found = sound_log(3);
    found.segments[1].index->first_id = id(9);
    auto planner = planner_of(found);
    CHECK(planner.next_scan()->segment == 1);
}

TEST_CASE("plan: torn is cut, and nothing behind it is kept") {
    const FoundFiles found = sound_log(2);
    auto planner = planner_of(found);
    REQUIRE(planner.next_scan());
    Scan scan = scan_of(10, 12, 400, 300);
    scan.gaps.push_back(gap(400, 500, 12, 12, false));
    planner.scanned(std::move(scan));
    CHECK_FALSE(planner.next_scan());
    const RecoveryPlan plan = std::move(planner).plan();
    CHECK(plan.damage.empty());
    REQUIRE(plan.cut);
    CHECK(plan.cut->segment == 1);
    CHECK(plan.cut->at == 400);
    CHECK(plan.segments[1].end == 400);
    CHECK(plan.segments[1].gaps.empty());
}

TEST_CASE("plan: a cut before the last record asks for a scan up to it") {
    const FoundFiles found = sound_log(1);
    auto planner = planner_of(found);
    REQUIRE(planner.next_scan());
    Scan scan = scan_of(0, 5, 800, 300);
    scan.gaps.push_back(gap(400, 500, 2, 3, true));
    planner.scanned(std::move(scan));
    const auto again = planner.next_scan();
    REQUIRE(again);
    CHECK(again->limit == 400);
    CHECK(again->expected.offset == 0);
    planner.scanned(scan_of(0, 2, 400, 300));
    CHECK_FALSE(planner.next_scan());
    const RecoveryPlan plan = std::move(planner).plan();
    CHECK(plan.cut->at == 400);
    CHECK(plan.next.offset == 2);
    CHECK(plan.scanned_segments == 1);
}

TEST_CASE("plan: what was durable is damage: by a record, an index, a header behind it") {
    FoundFiles found = sound_log(2);
    Scan scan = scan_of(0, 5, 800, 0);
    scan.gaps.push_back(gap(400, 500, 2, 3, true));
    std::size_t segment = 1;
    switch (GENERATE(0, 1, 2)) {
        case 0: scan.proven = 401; break;
        case 1:
            // A clean close.
            found.segments[1].index = IndexSummary{false, 10, 1, 800, 15, 0, 0, id(10), id(14)};
            break;
        default:
            // The header of the segment behind it.
            found.segments[0].index.reset();
            segment = 0;
    }
    auto planner = planner_of(found);
    REQUIRE(planner.next_scan()->segment == segment);
    planner.scanned(scan);
    while (planner.next_scan()) planner.scanned(scan_of(10, 11));
    const RecoveryPlan plan = std::move(planner).plan();
    CHECK_FALSE(plan.cut);
    REQUIRE_FALSE(plan.damage.empty());
    CHECK(plan.damage[0].from == 400);
    CHECK(plan.damage[0].first_offset == 2);
    CHECK(plan.damage[0].file == "topic/" + std::string{segment == 0 ? "log-00000001.seg" : "log-00000002.seg"});
    REQUIRE(plan.segments.size() == 2);
    CHECK(plan.segments[segment].gaps.size() == 1);
}

TEST_CASE("plan: a header without the flag proves nothing of the segment before it") {
    FoundFiles found = sound_log(2);
    found.segments[0].index.reset();
    found.segments[1].header.flags = 0;
    auto planner = planner_of(found);
    REQUIRE(planner.next_scan());
    planner.scanned(scan_of(0, 8, 700, 100));  // its end is missing
    CHECK_FALSE(planner.next_scan());
    const RecoveryPlan plan = std::move(planner).plan();
    REQUIRE(plan.cut);
    CHECK(plan.cut->segment == 0);
    CHECK(plan.cut->at == 700);
    CHECK(plan.segments.size() == 1);
    CHECK_FALSE(plan.segments[0].summary.sealed);
    CHECK(plan.next.offset == 8);
}

TEST_CASE("plan: missing segments, another topic's and an orphaned index are damage") {
    FoundFiles found = sound_log(3);
    std::string reason;
    switch (GENERATE(0, 1, 2, 3)) {
        case 0:
            found.segments.erase(found.segments.begin());
            reason = "segment files are missing before it";
            break;
        case 1:
            found.segments.erase(found.segments.begin() + 1);
            reason = "segment files are missing before it";
            break;
        case 2:
            found.segments[1].state = Header::foreign;
            found.segments[1].header.stream = 7;
            reason = "its header names another topic's stream, 7";
            break;
        default:
            found.orphan = OrphanIndex{4, {true, 30, 3, kSize, 40, 30, 39, id(30), id(39)}};
            reason = "its index is there, and what was durable is gone";
    }
    auto planner = planner_of(found);
    while (const auto order = planner.next_scan()) {
        planner.scanned(scan_of(order->base_offset, order->base_offset + 10));
    }
    const RecoveryPlan plan = std::move(planner).plan();
    REQUIRE_FALSE(plan.damage.empty());
    CHECK(plan.damage[0].reason == reason);
    CHECK_FALSE(plan.cut);
}

TEST_CASE("plan: a header that can't be read goes with its segment, unless it was durable") {
    FoundFiles found = sound_log(2);
    found.segments[1].state = Header::broken;
    found.segments[1].header = {};
    const bool durable = GENERATE(false, true);
    if (durable) found.segments[1].index = IndexSummary{false, 10, 1, 800, 15, 0, 0, id(10), id(14)};
    auto planner = planner_of(found);
    while (const auto order = planner.next_scan()) {
        planner.scanned(order->limit == 0 ? Scan{} : scan_of(order->expected.offset, order->expected.offset + 5, 800));
    }
    const RecoveryPlan plan = std::move(planner).plan();
    CHECK(plan.damage.empty() == !durable);
    CHECK(plan.cut.has_value() == !durable);
    if (plan.cut) CHECK(plan.cut->at == 0);
}

TEST_CASE("plan: up to a mark, what lies behind it does not exist") {
    FoundFiles found = sound_log(3);
    SECTION("the mark ends a segment") {
        auto planner = planner_of(found, 20);
        REQUIRE(planner.next_scan()->segment == 1);  // the last one that exists
        planner.scanned(scan_of(10, 20));
        CHECK_FALSE(planner.next_scan());
        const RecoveryPlan plan = std::move(planner).plan();
        CHECK(plan.damage.empty());
        CHECK(plan.segments.size() == 2);
        CHECK_FALSE(plan.segments[1].summary.sealed);
        CHECK(plan.next.offset == 20);
    }
    SECTION("a header behind it that is being written") {
        found.segments[2].state = Header::broken;
        found.segments[2].header = {};
        found.segments[1].index.reset();
        auto planner = planner_of(found, 20);
        REQUIRE(planner.next_scan()->segment == 1);
        planner.scanned(scan_of(10, 20));
        CHECK_FALSE(planner.next_scan());
        CHECK(std::move(planner).plan().damage.empty());
    }
    SECTION("nothing is torn before it") {
        auto planner = planner_of(found, 25);
        REQUIRE(planner.next_scan()->segment == 2);
        Scan scan = scan_of(20, 22, 400);
        scan.gaps.push_back(gap(400, 500, 22, 22, false));
        planner.scanned(std::move(scan));
        const RecoveryPlan plan = std::move(planner).plan();
        CHECK_FALSE(plan.cut);
        REQUIRE(plan.damage.size() == 2);
        CHECK(plan.damage[1].first_offset == 22);
        CHECK(plan.damage[1].next_offset == 25);
    }
    SECTION("of an empty log nothing is missing") {
        auto planner = planner_of(found, 0);
        CHECK_FALSE(planner.next_scan());
        const RecoveryPlan plan = std::move(planner).plan();
        CHECK(plan.segments.empty());
        CHECK(plan.damage.empty());
    }
}

}  // namespace
}  // namespace station::log
