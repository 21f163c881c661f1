#include <algorithm>
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

Expected<std::uint64_t> end_of_bytes(ByteSource& source, RecordWindow& window, std::uint64_t from, std::uint64_t limit) {
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

Expected<Gap> find_gap(ByteSource& source, RecordWindow& window, std::uint64_t from, std::uint64_t limit,
                       const Expectation& expected) {
    Gap gap{{from, from, expected.offset, expected.offset}, false};
    std::uint64_t at = from;
    Record record;
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
        if (*decoded == Decoded::ok && may_follow(record, expected, at - from)) {
            gap.to = at;
            gap.next_offset = record.offset;
            gap.record_behind = true;
            return gap;
        }
        const auto rest = window.bytes(source, at, limit, 1);
        const auto framed = at == from && rest ? framed_size(*rest) : std::nullopt;
        at += framed.value_or(1);
    }
    const auto end = end_of_bytes(source, window, from, limit);
    if (!end) return tl::unexpected(end.error());
    gap.to = *end;
    return gap;
}

namespace {

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
Expected<std::uint64_t> scan_run(ByteSource& source, RecordWindow& window, std::uint64_t at, std::uint64_t size, Scan& scan,
                                 const ScanOptions& options) {
    std::size_t wanted = kRecordOverhead;
    for (;;) {
        const auto seen = window.bytes(source, at, size, wanted);
        if (!seen) return tl::unexpected(seen.error());
        std::size_t used = 0;
        Decoded decoded = Decoded::incomplete;
        while (used < seen->size()) {
            Record record;
            decoded = decode_record(seen->subspan(used), record, wanted);
            if (decoded != Decoded::ok || !scan.next.met_by(record)) break;
            take(scan, record, at + used, options);
            used += record.size();
            wanted = kRecordOverhead;
        }
        at += used;
        const bool window_ended = at < size && (used == seen->size() || decoded == Decoded::incomplete);
        if (!window_ended || wanted > size - at) return at;
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
        const auto gap = find_gap(source, window, at, size, scan.next);
        if (!gap) return tl::unexpected(gap.error());
        if (gap->to > gap->from || gap->record_behind) scan.gaps.push_back(*gap);
        if (!gap->record_behind) break;
        at = gap->to;
        scan.next.offset = gap->next_offset;
    }
    scan.first.payload = scan.first.headers = scan.last.payload = scan.last.headers = {};
    return scan;
}

}  // namespace station::log
