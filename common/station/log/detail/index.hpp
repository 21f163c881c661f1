// The sparse index of a segment: one entry every few KiB of log. Offsets, ids and times all grow along a segment, so
// the same entries answer look-ups by any of the three: binary search here, then a short scan of the log (Kafka keeps
// two index files for this; sorted ids make one enough). 24 bytes an entry: 10 million events of 128 bytes need 2.8 MB
// at a stride of 16 KiB.
//
// A sealed segment has its index in a file beside it (log-00000001.idx), an active one after a clean close:
//
//    0        4         6       8             16           24            32            40           48
//    | "SIDX" | version | flags | base offset | created ns | durable end | next offset | first time | last time |
//    |   u32  |   u16   |  u16  |     u64     |    i64     |     u64     |     u64     |    i64     |    i64    |
//
//    56         72        88      92
//    | first id | last id | count | entries: position u32, offset - base u32, time i64, half an id u64 | CRC-32C |
//    | 16 bytes | 16 bytes|  u32  | 24 bytes each, position 0 standing for none                        |   u32   |
//
// `created` ties it to its segment. The file is a copy of what the log says and never evidence against it: any doubt,
// and it is made again from the log.
#pragma once

#include <cstdint>
#include <optional>
#include <station/log/event_id.hpp>
#include <station/log/file.hpp>
#include <station/log/record.hpp>
#include <station/log/target.hpp>
#include <vector>

namespace station::log {

struct IndexEntry {
    std::uint32_t position = 0;  // in the segment file, of a record
    std::uint32_t offset = 0;    // of that record, less the segment's base offset
    std::int64_t time = 0;
    std::uint64_t id = 0;  // EventId::prefix()

    bool names(const Record& record, std::uint64_t base_offset) const {
        return base_offset + offset == record.offset && time == record.time && id == record.id.prefix();
    }
};

class SparseIndex {
  public:
    // Records must come in order; most of them leave no entry.
    void add(std::uint64_t position, std::uint64_t base_offset, const Record& record, std::size_t stride);

    // A position before `limit` from which a scan meets the first event that is not before `target`, without passing
    // it.
    std::uint64_t floor(const Target& target, std::uint64_t base_offset, std::uint64_t limit) const;

    const std::vector<IndexEntry>& entries() const { return entries_; }
    std::vector<IndexEntry>& entries() { return entries_; }

  private:
    std::vector<IndexEntry> entries_;
};

// What an index file says about its segment as a whole.
struct IndexSummary {
    bool sealed = false;
    std::uint64_t base_offset = 0;
    std::int64_t created = 0;
    std::uint64_t durable_end = 0;  // all of the segment file before this was synced
    std::uint64_t next_offset = 0;  // of the first event behind durable_end
    std::int64_t first_time = 0;
    std::int64_t last_time = 0;
    EventId first_id;
    EventId last_id;
};

struct IndexFile {
    IndexSummary summary;
    SparseIndex index;
};

enum class IndexState { none, broken, sound };  // no such file; there, and it does not hold together; as it was written

// What lies at `path`. An error: that can't be said now, so neither "none" nor "broken" may be concluded.
Expected<IndexState> read_index(Disk& disk, const Path& path, IndexFile& into);
// The same without its entries: for many, one after the other.
Expected<IndexState> read_index_summary(Disk& disk, const Path& path, IndexSummary& into);
// For whom none and broken are the same: nullopt.
Expected<std::optional<IndexFile>> load_index(Disk& disk, const Path& path);
// The last entry that SparseIndex::floor() would find before `target` in the index file of the sealed segment that was
// `created` then; position 0 where there is none. It reads the header and a few entries of what may be hundreds of KiB,
// so that the CRC stays unchecked: an entry is worth no more than the record that it leads to and names. nullopt: the
// file can't be read, does not hold together, or is another segment's.
std::optional<IndexEntry> peek_floor(File& file, std::int64_t created, const Target& target, std::uint64_t base_offset,
                                     std::uint64_t limit);
// Replaces the file at `path` so that a power cut leaves the old one or the new one. Its folder is not synced: an index
// that is lost costs a scan, but a folder whose sync has failed must not be synced again.
std::error_code store_index(Disk& disk, const Path& path, const IndexSummary& summary, const SparseIndex& index);

}  // namespace station::log
