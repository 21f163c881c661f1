#include <algorithm>
#include <limits>
#include <station/base/assertion.hpp>
#include <station/log/detail/scan.hpp>
#include <station/log/torn_tail.hpp>

namespace station::log {
namespace {

bool may_follow(const Record& record, const Expectation& expected, std::uint64_t distance) {
    return record.offset >= expected.offset && record.offset - expected.offset <= distance / kRecordOverhead + 1 &&
           record.id > expected.id && record.time >= expected.time;
}

constexpr std::byte kMagicBytes[] = {std::byte{'S'}, std::byte{'T'}, std::byte{'N'}, std::byte{'1'}};

}  // namespace

Expected<std::uint64_t> end_of_bytes(ByteSource& source, RecordWindow& window, std::uint64_t from,
                                     std::uint64_t limit) {
    STATION_ASSERT(from <= limit);
    std::uint64_t end = from;
    for (std::uint64_t at = from; at < limit;) {
        const auto seen = window.bytes(source, at, limit, 1);
        if (!seen) return tl::unexpected(seen.error());
        // Zeros are the rule, so whole blocks are compared first.
        static constexpr std::array<std::byte, 4096> kZeros{};
        for (std::size_t i = 0; i < seen->size(); i += kZeros.size()) {
            const Bytes block = seen->subspan(i, std::min(kZeros.size(), seen->size() - i));
            if (std::memcmp(block.data(), kZeros.data(), block.size()) == 0) continue;
            const auto last = std::find_if(block.rbegin(), block.rend(), [](std::byte b) { return b != std::byte{0}; });
            end = at + i + static_cast<std::uint64_t>(block.rend() - last);
        }
        at += seen->size();
    }
    return end;
}

std::error_code copy_bytes(File& from_file, std::uint64_t from, std::uint64_t to, File& to_file, std::uint64_t at) {
    RecordWindow window;
    FileReader source{from_file};
    while (from < to) {
        const auto seen = window.bytes(source, from, to, 1);
        if (!seen) return seen.error();
        if (const auto error = to_file.write_at(at, *seen)) return error;
        from += seen->size();
        at += seen->size();
    }
    return {};
}

Expected<std::uint64_t> end_of_frame(ByteSource& source, RecordWindow& window, std::uint64_t at, std::uint64_t limit) {
    Record record;
    const auto decoded = window.decode(source, at, limit, record);
    if (!decoded) return tl::unexpected(decoded.error());
    if (*decoded == Decoded::ok) return at;
    const auto rest = window.bytes(source, at, limit, 1);
    if (!rest) return tl::unexpected(rest.error());
    return at + framed_size(*rest).value_or(0);
}

Expected<std::uint64_t> find_record(ByteSource& source, RecordWindow& window, std::uint64_t at, std::uint64_t limit,
                                    Record& record) {
    while (at < limit) {
        const auto seen = window.bytes(source, at, limit, kRecordOverhead);
        if (!seen) return tl::unexpected(seen.error());
        const auto magic = std::search(seen->begin(), seen->end(), std::begin(kMagicBytes), std::end(kMagicBytes));
        if (magic == seen->end()) {
            // The magic number may straddle two windows.
            at += seen->size() > 3 && at + seen->size() < limit ? seen->size() - 3 : seen->size();
            continue;
        }
        at += static_cast<std::uint64_t>(magic - seen->begin());
        const auto decoded = window.decode(source, at, limit, record);
        if (!decoded) return tl::unexpected(decoded.error());
        if (*decoded == Decoded::ok) return at;
        ++at;
    }
    return limit;
}

namespace {

bool is_named(const GapSearch& search, const Record& record, std::uint64_t position) {
    const auto& index = search.index;
    const auto entry = std::lower_bound(index.begin(), index.end(), position,
                                        [](const IndexEntry& a, std::uint64_t at) { return a.position < at; });
    return entry != index.end() && entry->position == position && entry->names(record, search.base_offset);
}

// Records right behind one another.
struct Chain {
    std::uint64_t end = 0;
    std::uint64_t proven = 0;  // see Gap
    bool counts = false;
};

// Up to a mark, the writer may be at work behind the last record: what lies there is zeros or begins as a record does.
Expected<bool> ends_segment(ByteSource& source, RecordWindow& window, const GapSearch& search, std::uint64_t at,
                            std::uint64_t next_offset) {
    const std::uint64_t limit = search.limit;
    for (std::uint64_t from = at; from < limit;) {
        const auto seen = window.bytes(source, from, limit, 1);
        if (!seen) return tl::unexpected(seen.error());
        const auto byte = std::find_if(seen->begin(), seen->end(), [](std::byte b) { return b != std::byte{0}; });
        if (byte != seen->end()) {
            const bool writing = search.up_to && next_offset >= *search.up_to && from == at && byte == seen->begin();
            return writing && std::equal(seen->begin(), seen->begin() + std::min<std::ptrdiff_t>(4, std::ssize(*seen)),
                                         std::begin(kMagicBytes));
        }
        from += seen->size();
    }
    return true;
}

// From the record at `at` on, as far as it has to be walked.
Expected<Chain> walk_chain(ByteSource& source, RecordWindow& window, const GapSearch& search, std::uint64_t at,
                           Record record) {
    Chain chain{at, 0, false};
    Expectation next{record.offset, record.time, search.expected.id};
    while (next.met_by(record)) {
        chain.proven = std::max(chain.proven, proof_of(record, chain.end));
        if (is_named(search, record, chain.end)) {
            chain.counts = true;
            return chain;
        }
        next.advance(record);
        chain.end += record.size();
        const auto decoded = window.decode(source, chain.end, search.limit, record);
        if (!decoded) return tl::unexpected(decoded.error());
        if (*decoded != Decoded::ok) break;
    }
    const auto ends = ends_segment(source, window, search, chain.end, next.offset);
    if (!ends) return tl::unexpected(ends.error());
    chain.counts = *ends;
    return chain;
}

}  // namespace

Expected<Gap> find_gap(ByteSource& source, RecordWindow& window, const GapSearch& search) {
    STATION_ASSERT(search.from <= search.limit);
    Gap gap{{search.from, search.from, search.expected.offset, search.expected.offset}};
    auto at = end_of_frame(source, window, search.from, search.limit);
    while (at && *at < search.limit) {
        Record record;
        at = find_record(source, window, *at, search.limit, record);
        if (!at || *at == search.limit) break;
        if (!may_follow(record, search.expected, *at - search.from)) {
            *at += record.size();  // whole, and so no place for another one inside of it
            continue;
        }
        const std::uint64_t offset = record.offset;
        const auto chain = walk_chain(source, window, search, *at, record);
        if (!chain) return tl::unexpected(chain.error());
        gap.proven = std::max(gap.proven, chain->proven);
        if (chain->counts) {
            gap.to = *at;
            gap.next_offset = offset;
            gap.record_behind = true;
            return gap;
        }
        at = chain->end;
    }
    if (!at) return tl::unexpected(at.error());
    const auto end = end_of_bytes(source, window, search.from, search.limit);
    if (!end) return tl::unexpected(end.error());
    gap.to = *end;
    return gap;
}

namespace {

constexpr auto kNoMark = std::numeric_limits<std::uint64_t>::max();

// One record of a scan, at byte `at`.
void take(Scan& scan, const Record& record, std::uint64_t at, const ScanOptions& options) {
    scan.proven = std::max(scan.proven, proof_of(record, at));
    scan.index.add(at, options.base_offset, record, options.stride);
    scan.next.advance(record);
    scan.end = at + record.size();
    scan.last = record;
    if (scan.events++ == 0) scan.first = record;
}

// The valid records from `at` on, as far as they go. Returns where they end.
Expected<std::uint64_t> scan_run(ByteSource& source, RecordWindow& window, std::uint64_t at, std::uint64_t size,
                                 Scan& scan, const ScanOptions& options) {
    std::size_t wanted = kRecordOverhead;
    for (;;) {
        const auto seen = window.bytes(source, at, size, wanted);
        if (!seen) return tl::unexpected(seen.error());
        std::size_t used = 0;
        Decoded decoded = Decoded::incomplete;
        while (used < seen->size() && scan.next.offset < options.up_to.value_or(kNoMark)) {
            Record record;
            decoded = decode_record(seen->subspan(used), record, wanted);
            if (decoded != Decoded::ok || !scan.next.met_by(record)) break;
            take(scan, record, at + used, options);
            used += record.size();
            wanted = kRecordOverhead;
        }
        at += used;
        const bool window_ended = at < size && (used == seen->size() || decoded == Decoded::incomplete);
        const bool at_mark = scan.next.offset >= options.up_to.value_or(kNoMark);
        if (!window_ended || at_mark || wanted > size - at) return at;
    }
}

}  // namespace

Expected<Scan> scan_segment(ByteSource& source, std::uint64_t size, const Expectation& expected,
                            const ScanOptions& options) {
    constexpr std::uint64_t kPart = std::uint64_t{16} << 20;  // between two words of progress
    Scan scan;
    scan.next = expected;
    RecordWindow window;
    std::uint64_t at = kSegmentHeaderSize;
    while (at < size) {
        const std::uint64_t part = std::min(size, at + kPart);
        auto end = scan_run(source, window, at, part, scan, options);
        // A record may be longer than a part.
        if (end && *end == at && part < size) end = scan_run(source, window, at, size, scan, options);
        if (!end) return tl::unexpected(end.error());
        if (*end > at) {
            at = *end;
            if (options.progress) options.progress(at);
            continue;
        }
        if (scan.next.offset >= options.up_to.value_or(kNoMark)) break;
        auto gap = find_gap(source, window, {at, size, scan.next, options.base_offset, options.index, options.up_to});
        if (!gap) return tl::unexpected(gap.error());
        scan.proven = std::max(scan.proven, gap->proven);
        gap->next_offset = std::min(gap->next_offset, options.up_to.value_or(kNoMark));
        if (gap->to > gap->from || gap->record_behind) scan.gaps.push_back(*gap);
        if (!gap->record_behind) break;
        at = gap->to;
        scan.next.offset = gap->next_offset;
    }
    scan.first.payload = scan.first.headers = scan.last.payload = scan.last.headers = {};
    return scan;
}

}  // namespace station::log
