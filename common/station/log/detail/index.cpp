#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <station/base/assertion.hpp>
#include <station/log/detail/crc32c.hpp>
#include <station/log/detail/index.hpp>

namespace station::log {
namespace {

constexpr std::uint32_t kIndexMagic = 0x58444953;  // "SIDX"
constexpr std::uint16_t kSealed = 1;
constexpr std::size_t kHeaderSize = 92;
constexpr std::size_t kEntrySize = 24;
constexpr std::size_t kCrcSize = 4;
static_assert(kHeaderSize == 60 + 2 * EventId::kSize && kEntrySize == 2 * 4 + 2 * 8);

EventId load_id(const std::byte* from) {
    std::array<std::byte, EventId::kSize> bytes;
    std::memcpy(bytes.data(), from, bytes.size());
    return EventId{bytes};
}

void store_id(std::byte* to, const EventId& id) { std::memcpy(to, id.bytes().data(), EventId::kSize); }

}  // namespace

bool Target::before(std::uint64_t event_offset, std::int64_t event_time, const EventId& event_id) const {
    switch (by) {
        case By::offset: return exclusive ? event_offset <= offset : event_offset < offset;
        case By::time: return exclusive ? event_time <= time : event_time < time;
        case By::id: return exclusive ? event_id <= id : event_id < id;
    }
    return false;
}

void SparseIndex::add(std::uint64_t position, std::uint64_t base_offset, const Record& record, std::size_t stride) {
    if (!entries_.empty() && position < entries_.back().position + stride) return;
    // Only in a file that is not as this program writes it is anything further away than an entry can say.
    constexpr std::uint64_t kFurthest = std::numeric_limits<std::uint32_t>::max();
    if (position > kFurthest || record.offset < base_offset || record.offset - base_offset > kFurthest) return;
    STATION_ASSERT(entries_.empty() || position > entries_.back().position);
    entries_.push_back({static_cast<std::uint32_t>(position), static_cast<std::uint32_t>(record.offset - base_offset),
                        record.time, record.id.prefix()});
}

namespace {

// Surely before the target; what merely may equal it is left to the scan.
bool leads_before(const IndexEntry& entry, const Target& target, std::uint64_t base_offset, std::uint64_t limit) {
    if (entry.position >= limit) return false;
    switch (target.by) {
        case Target::By::offset: return base_offset + entry.offset <= target.offset;
        case Target::By::time: return entry.time < target.time;
        case Target::By::id: return entry.id < target.id.prefix();
    }
    return false;
}

}  // namespace

std::uint64_t SparseIndex::floor(const Target& target, std::uint64_t base_offset, std::uint64_t limit) const {
    const auto behind = std::partition_point(entries_.begin(), entries_.end(), [&](const IndexEntry& entry) {
        return leads_before(entry, target, base_offset, limit);
    });
    return behind == entries_.begin() ? kSegmentHeaderSize : std::prev(behind)->position;
}

namespace {

std::uint64_t decode_count(const std::byte* at) { return load_little<std::uint32_t>(at + 88); }

// The header of an index file of so many bytes.
bool is_header(const std::byte* at, std::uint64_t file_size) {
    return load_little<std::uint32_t>(at) == kIndexMagic && load_little<std::uint16_t>(at + 4) == kFormatVersion &&
           file_size == kHeaderSize + decode_count(at) * kEntrySize + kCrcSize;
}

// The bytes of an index file that holds together.
bool is_index(Bytes bytes) {
    return bytes.size() >= kHeaderSize + kCrcSize && is_header(bytes.data(), bytes.size()) &&
           load_little<std::uint32_t>(bytes.last(kCrcSize).data()) == crc32c(bytes.first(bytes.size() - kCrcSize));
}

IndexSummary decode_summary(const std::byte* at) {
    IndexSummary summary;
    summary.sealed = (load_little<std::uint16_t>(at + 6) & kSealed) != 0;
    summary.base_offset = load_little<std::uint64_t>(at + 8);
    summary.created = load_little<std::int64_t>(at + 16);
    summary.durable_end = load_little<std::uint64_t>(at + 24);
    summary.next_offset = load_little<std::uint64_t>(at + 32);
    summary.first_time = load_little<std::int64_t>(at + 40);
    summary.last_time = load_little<std::int64_t>(at + 48);
    summary.first_id = load_id(at + 56);
    summary.last_id = load_id(at + 72);
    return summary;
}

IndexEntry decode_entry(const std::byte* at) {
    return {load_little<std::uint32_t>(at), load_little<std::uint32_t>(at + 4), load_little<std::int64_t>(at + 8),
            load_little<std::uint64_t>(at + 16)};
}

// False where they do not ascend: then nothing can be looked up in them.
bool decode_entries(Bytes bytes, std::vector<IndexEntry>& entries) {
    entries.resize(bytes.size() / kEntrySize);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        entries[i] = decode_entry(bytes.data() + i * kEntrySize);
        if (i > 0 && (entries[i].position <= entries[i - 1].position || entries[i].offset <= entries[i - 1].offset)) {
            return false;
        }
    }
    return true;
}

// The file's bytes where it is an index; empty where it is broken; nullopt where there is none.
Expected<std::optional<std::string>> read_index_file(Disk& disk, const Path& path) {
    auto content = read_whole(disk, path);
    if (!content && content.error() == std::errc::no_such_file_or_directory) return std::nullopt;
    if (!content) return tl::unexpected(content.error());
    if (!is_index(as_bytes(*content))) content->clear();
    return std::move(*content);
}

}  // namespace

Expected<IndexState> read_index(Disk& disk, const Path& path, IndexFile& into) {
    const auto content = read_index_file(disk, path);
    if (!content) return tl::unexpected(content.error());
    if (!*content) return IndexState::none;
    if ((*content)->empty()) return IndexState::broken;
    const Bytes bytes = as_bytes(**content);
    into.summary = decode_summary(bytes.data());
    const Bytes entries = bytes.subspan(kHeaderSize, bytes.size() - kHeaderSize - kCrcSize);
    return decode_entries(entries, into.index.entries()) ? IndexState::sound : IndexState::broken;
}

Expected<IndexState> read_index_summary(Disk& disk, const Path& path, IndexSummary& into) {
    const auto content = read_index_file(disk, path);
    if (!content) return tl::unexpected(content.error());
    if (!*content) return IndexState::none;
    if ((*content)->empty()) return IndexState::broken;
    into = decode_summary(as_bytes(**content).data());
    return IndexState::sound;
}

Expected<std::optional<IndexFile>> load_index(Disk& disk, const Path& path) {
    IndexFile file;
    const auto state = read_index(disk, path, file);
    if (!state) return tl::unexpected(state.error());
    if (*state != IndexState::sound) return std::nullopt;
    return file;
}

std::optional<IndexEntry> peek_floor(File& file, std::int64_t created, const Target& target, std::uint64_t base_offset,
                                     std::uint64_t limit) {
    // So many cost one read hardly more than one does.
    constexpr std::uint64_t kAtOnce = 4096 / kEntrySize;
    std::array<std::byte, kAtOnce * kEntrySize> bytes;
    const auto reads = [&](std::uint64_t at, std::uint64_t size) {
        return file.read_at(at, std::span{bytes}.first(static_cast<std::size_t>(size))).value_or(0) == size;
    };
    const auto size = file.size();
    if (!size || !reads(0, kHeaderSize) || !is_header(bytes.data(), *size)) return std::nullopt;
    const IndexSummary summary = decode_summary(bytes.data());
    if (!summary.sealed || summary.created != created) return std::nullopt;
    // Entries before `first` lead before the target, those from `last` on do not.
    IndexEntry found;
    std::uint64_t first = 0;
    std::uint64_t last = decode_count(bytes.data());
    while (last - first > kAtOnce) {
        const std::uint64_t middle = first + (last - first) / 2;
        if (!reads(kHeaderSize + middle * kEntrySize, kEntrySize)) return std::nullopt;
        const IndexEntry entry = decode_entry(bytes.data());
        if (leads_before(entry, target, base_offset, limit)) {
            found = entry;
            first = middle + 1;
        } else {
            last = middle;
        }
    }
    if (!reads(kHeaderSize + first * kEntrySize, (last - first) * kEntrySize)) return std::nullopt;
    for (std::uint64_t i = 0; i < last - first; ++i) {
        const IndexEntry entry = decode_entry(bytes.data() + i * kEntrySize);
        if (!leads_before(entry, target, base_offset, limit)) break;
        found = entry;
    }
    return found;
}

std::error_code store_index(Disk& disk, const Path& path, const IndexSummary& summary, const SparseIndex& index) {
    const auto& entries = index.entries();
    std::vector<std::byte> bytes(kHeaderSize + entries.size() * kEntrySize + kCrcSize);
    std::byte* const at = bytes.data();
    store_little(at, kIndexMagic);
    store_little(at + 4, kFormatVersion);
    store_little(at + 6, summary.sealed ? kSealed : std::uint16_t{0});
    store_little(at + 8, summary.base_offset);
    store_little(at + 16, summary.created);
    store_little(at + 24, summary.durable_end);
    store_little(at + 32, summary.next_offset);
    store_little(at + 40, summary.first_time);
    store_little(at + 48, summary.last_time);
    store_id(at + 56, summary.first_id);
    store_id(at + 72, summary.last_id);
    store_little(at + 88, static_cast<std::uint32_t>(entries.size()));
    for (std::size_t i = 0; i < entries.size(); ++i) {
        std::byte* const entry = at + kHeaderSize + i * kEntrySize;
        store_little(entry, entries[i].position);
        store_little(entry + 4, entries[i].offset);
        store_little(entry + 8, entries[i].time);
        store_little(entry + 16, entries[i].id);
    }
    const std::size_t crc_at = bytes.size() - kCrcSize;
    store_little(at + crc_at, crc32c(Bytes{bytes}.first(crc_at)));
    return replace_unsynced(disk, path, bytes);
}

}  // namespace station::log
