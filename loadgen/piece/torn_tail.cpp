// The exercise `torn_tail`, the piece alone: proof_of() and judge_tail() over tables of what a scan can find.
#include <loadgen/piece/piece.hpp>
#include <optional>
#include <station/log/torn_tail.hpp>
#include <string>
#include <vector>

using namespace station;
using namespace station::log;

namespace {

constexpr std::uint64_t kHeader = kSegmentHeaderSize;

std::string text_of(const Range& range) {
    return "[" + std::to_string(range.from) + ", " + std::to_string(range.to) + ") events " +
           std::to_string(range.first_offset) + " to " + std::to_string(range.next_offset);
}

// "cut at 500, lost [100, 200) events 3 to 5": the whole answer, so that one comparison sees all of it.
std::string words(const TailVerdict& verdict) {
    std::string said = verdict.cut ? "cut at " + std::to_string(*verdict.cut) : "no cut";
    for (const Loss& loss : verdict.lost) {
        said += ", lost " + text_of(loss);
        if (loss.reason.empty()) said += " for no reason";
    }
    return said;
}

Gap gap(std::uint64_t from, std::uint64_t to, std::uint64_t first, std::uint64_t next, bool record_behind) {
    Gap found;
    static_cast<Range&>(found) = {from, to, first, next};
    found.record_behind = record_behind;
    return found;
}

// A segment that ends at 1,000 with event 9 as its last.
Scan scan_with(std::vector<Gap> gaps) {
    Scan scan;
    scan.end = 1000;
    scan.events = 10;
    scan.next.offset = 10;
    scan.gaps = std::move(gaps);
    return scan;
}

struct Known {
    std::uint64_t durable = 0;
    bool header_valid = true;
    bool last = true;
    std::optional<std::uint64_t> next_base = {};
};

std::string verdict_of(const Scan& scan, const Known& known) {
    return words(judge_tail({.scan = scan,
                             .header_valid = known.header_valid,
                             .last = known.last,
                             .next_base = known.next_base,
                             .durable = known.durable}));
}

std::uint64_t proof(std::uint32_t unsynced, std::uint64_t position) {
    Record record;
    record.unsynced = unsynced;
    return proof_of(record, position);
}

}  // namespace

PIECE_CASE("a-record-proves-what-lay-before",
           "A record at q with UNSYNCED u proves that all before q - u was durable") {
    EXPECT(proof(0, 1000), std::uint64_t{1000});
    EXPECT(proof(1, 1000), std::uint64_t{999});
    EXPECT(proof(300, 1000), std::uint64_t{700});
    EXPECT(proof(1000, 1000), std::uint64_t{0});
    EXPECT(proof(4096, std::uint64_t{1} << 40), (std::uint64_t{1} << 40) - 4096);
    EXPECT(proof(kUnsyncedUnknown - 1, std::uint64_t{1} << 33), (std::uint64_t{1} << 33) - (kUnsyncedUnknown - 1));
}

PIECE_CASE("what-proves-nothing", "An UNSYNCED that is unknown, or larger than q, proves nothing") {
    EXPECT(proof(kUnsyncedUnknown, 1000), std::uint64_t{0});
    EXPECT(proof(kUnsyncedUnknown, std::uint64_t{1} << 33), std::uint64_t{0});
    EXPECT(proof(1001, 1000), std::uint64_t{0});
    EXPECT(proof(5, 0), std::uint64_t{0});
    EXPECT(proof(0, 0), std::uint64_t{0});
}

PIECE_CASE("a-sound-segment", "A segment without gaps is neither cut nor damaged") {
    EXPECT(verdict_of(scan_with({}), {}), "no cut");
    EXPECT(verdict_of(scan_with({}), {.durable = 400}), "no cut");
    EXPECT(verdict_of(scan_with({}), {.durable = 1000}), "no cut");
    EXPECT(verdict_of(scan_with({}), {.durable = 400, .last = false, .next_base = 10}), "no cut");
}

PIECE_CASE("a-gap-that-was-durable-is-damage", "A gap that begins before what was durable is a loss, and not cut") {
    const Scan scan = scan_with({gap(200, 300, 2, 4, true)});
    EXPECT(verdict_of(scan, {.durable = 201}), "no cut, lost [200, 300) events 2 to 4");
    EXPECT(verdict_of(scan, {.durable = 300}), "no cut, lost [200, 300) events 2 to 4");
    EXPECT(verdict_of(scan, {.durable = 1000}), "no cut, lost [200, 300) events 2 to 4");
}

PIECE_CASE("every-damaged-gap-is-told", "Each gap before what was durable is a loss of its own") {
    const Scan scan = scan_with({gap(200, 300, 2, 4, true), gap(500, 600, 6, 7, true), gap(800, 900, 8, 9, true)});
    EXPECT(verdict_of(scan, {.durable = 1000}),
           "no cut, lost [200, 300) events 2 to 4, lost [500, 600) events 6 to 7, lost [800, 900) events 8 to 9");
}

PIECE_CASE("the-first-torn-gap-is-cut",
           "The first gap at or behind what was durable is cut, with all that lies behind it") {
    const Scan scan = scan_with({gap(200, 300, 2, 4, true), gap(500, 600, 6, 7, true), gap(800, 900, 8, 9, true)});
    EXPECT(verdict_of(scan, {.durable = 0}), "cut at 200");
    EXPECT(verdict_of(scan, {.durable = 200}), "cut at 200");
    EXPECT(verdict_of(scan, {.durable = 201}), "cut at 500, lost [200, 300) events 2 to 4");
    EXPECT(verdict_of(scan, {.durable = 500}), "cut at 500, lost [200, 300) events 2 to 4");
    EXPECT(verdict_of(scan, {.durable = 700}),
           "cut at 800, lost [200, 300) events 2 to 4, lost [500, 600) events 6 to 7");
}

PIECE_CASE("a-torn-tail-is-cut", "Broken bytes at the end that were never durable are cut") {
    const Scan scan = scan_with({gap(1000, 1040, 10, 10, false)});
    EXPECT(verdict_of(scan, {.durable = 0}), "cut at 1000");
    EXPECT(verdict_of(scan, {.durable = 1000}), "cut at 1000");
}

PIECE_CASE("a-damaged-tail-is-kept", "Broken bytes at the end that were durable are a loss, told once") {
    const Scan scan = scan_with({gap(1000, 1040, 10, 11, false)});
    EXPECT(verdict_of(scan, {.durable = 1040}), "no cut, lost [1000, 1040) events 10 to 11");
    EXPECT(verdict_of(scan, {.durable = 1001}), "no cut, lost [1000, 1040) events 10 to 11");
    EXPECT(verdict_of(scan, {.durable = 1500}), "no cut, lost [1000, 1040) events 10 to 11");
    const Scan behind_another = scan_with({gap(200, 300, 2, 4, true), gap(1000, 1040, 10, 11, false)});
    EXPECT(verdict_of(behind_another, {.durable = 1040}),
           "no cut, lost [200, 300) events 2 to 4, lost [1000, 1040) events 10 to 11");
}

PIECE_CASE("the-end-is-gone", "What was durable behind the last record, without a gap, is gone") {
    EXPECT(verdict_of(scan_with({}), {.durable = 1001}), "no cut, lost [1000, 1001) events 10 to 10");
    EXPECT(verdict_of(scan_with({}), {.durable = 1500}), "no cut, lost [1000, 1500) events 10 to 10");
    EXPECT(verdict_of(scan_with({gap(200, 300, 2, 4, true)}), {.durable = 1500}),
           "no cut, lost [200, 300) events 2 to 4, lost [1000, 1500) events 10 to 10");
}

PIECE_CASE("the-next-segment-does-not-continue",
           "An end that the next segment does not continue is cut, unless it was durable") {
    EXPECT(verdict_of(scan_with({}), {.durable = 0, .last = false, .next_base = 12}), "cut at 1000");
    EXPECT(verdict_of(scan_with({}), {.durable = 400, .last = false, .next_base = 12}), "cut at 1000");
    EXPECT(verdict_of(scan_with({}), {.durable = 1000, .last = false, .next_base = 12}), "cut at 1000");
    EXPECT(verdict_of(scan_with({}), {.durable = 1001, .last = false, .next_base = 12}), "no cut");
    EXPECT(verdict_of(scan_with({}), {.durable = 1500, .last = false, .next_base = 12}), "no cut");
    EXPECT(verdict_of(scan_with({}), {.durable = 0, .last = false, .next_base = 10}), "no cut");
    EXPECT(verdict_of(scan_with({}), {.durable = 0, .last = false}), "no cut");
    EXPECT(verdict_of(scan_with({gap(200, 300, 2, 4, true)}), {.durable = 700, .last = false, .next_base = 12}),
           "cut at 1000, lost [200, 300) events 2 to 4");
}

PIECE_CASE("a-broken-header", "A segment whose header is broken is cut at 0, unless it was durable") {
    Scan empty;
    EXPECT(verdict_of(empty, {.durable = 0, .header_valid = false}), "cut at 0");
    EXPECT(verdict_of(scan_with({}), {.durable = 0, .header_valid = false}), "cut at 0");
    EXPECT(verdict_of(scan_with({gap(200, 300, 2, 4, true)}), {.durable = 0, .header_valid = false}), "cut at 0");
    EXPECT(verdict_of(scan_with({}), {.durable = 1, .header_valid = false}),
           "no cut, lost [0, " + std::to_string(kHeader) + ") events 0 to 0");
    EXPECT(verdict_of(scan_with({}), {.durable = 1000, .header_valid = false}),
           "no cut, lost [0, " + std::to_string(kHeader) + ") events 0 to 0");
    EXPECT(verdict_of(scan_with({gap(500, 600, 6, 7, true)}), {.durable = 300, .header_valid = false}),
           "cut at 500, lost [0, " + std::to_string(kHeader) + ") events 0 to 0");
}
