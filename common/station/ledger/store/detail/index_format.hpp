// A part of the index as a file, part-<from>-<to>.lix: what is known of the records [from, to). Little-endian.
//
//    0        4         6          8      12    16             24          32         36    40
//    | "SLIX" | version | sections | from | to  | new entities | file size | checksum | lib | sections ...
//    |   u32  |   u16   |   u16    | u32  | u32 |     u64      |    u64    |   u32    | u32 | (offset, size u64) each
//
//    264       280        284          316     508        512
//    | last id | position | event hash | zeros | CRC-32C  | the sections, in the order of Section
//    | 16 bytes|   u32    |  32 bytes  |       | of [0, 508)
//
// The checksum covers all behind the header: CRC-32C of the CRC-32Cs of its pieces of 1 MiB. `lib` is the version of
// CRoaring that wrote the posting lists, whose frozen form belongs to a version. A part of another version of either,
// or with any doubt about it, is thrown away and made again from the log.
//
//    positions, distances   u32 a record: where it lies in its segment's file; back to its entity's one before, or 0
//    id_words, id_blocks    64 ids a block: the first one's prefix u64; its bytes 8 and 9 << 48 | index of its words
//                           << 2 | IdForm, u64; the words are what IdForm says, for each id
//    keys                   hashed: record - from
//    entities               hashed: place in entity_names, where an entry is first, last, last sequence u32, name
//    scopes                 hashed: place in scope_names, where an entry is a list, name; a name is length u8, bytes
//    kinds                  sorted: kind u32 (0x10000 for hidden records), list
//    postings               posting lists of record - from, frozen bitmaps; a list is offset u64, size u32, count u32
//
// Hashed is a sorted run of hash u32 << 32 | value u32, and a directory: 2^b + 1 u32s, where the run of hashes begins
// whose upper b bits are this.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <station/ledger/store/detail/index.hpp>
#include <station/log/bytes.hpp>
#include <string>
#include <string_view>

namespace station::ledger::detail {

using log::Bytes;

enum class Section : std::size_t {
    positions,
    distances,
    id_words,
    id_blocks,
    keys,
    key_directory,
    entities,
    entity_directory,
    entity_names,
    postings,
    scopes,
    scope_directory,
    scope_names,
    kinds
};

inline constexpr std::size_t kSections = 14;
inline constexpr std::size_t kHeaderSize = 512;
inline constexpr std::size_t kPiece = std::size_t{1} << 20;  // of a checksum
inline constexpr std::size_t kIdBlock = 64;
inline constexpr std::size_t kEntityEntry = 12;  // without its name
inline constexpr std::size_t kListEntry = 16;    // the same
inline constexpr std::size_t kKindEntry = 20;
inline constexpr std::uint32_t kHiddenKind = 0x10000;

// What is kept of an id: its first 8 bytes as a number, and, where that is known, the next two. Ids of one millisecond
// are numbered, and the last 14 bits of their number lie in these two.
struct IdHead {
    std::uint64_t prefix = 0;
    std::optional<std::uint16_t> next = {};
};

// How a block keeps its ids.
enum class IdForm : std::uint8_t {
    narrow,    // u32: the prefix less that of the first id
    wide,      // u64: the prefix as it is
    numbered,  // u32: how far prefix and next lie behind the first id's, see number_between()
};

IdHead head_of(const EventId& id);
// How far b's millisecond, of 2^26 numbers, and its number lie behind a's; nullopt where either number is not known, or
// where that is not all they differ in, or no u32.
std::optional<std::uint32_t> number_between(const IdHead& a, const IdHead& b);
IdHead head_behind(const IdHead& a, std::uint32_t number);

struct PartHeader {
    struct Range {
        std::uint64_t offset = 0;
        std::uint64_t size = 0;
    };

    Global from = 0;
    Global to = 0;
    std::uint64_t new_entities = 0;  // whose first event lies in this part
    std::uint64_t file_size = 0;
    std::uint32_t checksum = 0;
    std::array<Range, kSections> sections{};
    PartEnd end;

    Range& section(Section which) { return sections[static_cast<std::size_t>(which)]; }
    const Range& section(Section which) const { return sections[static_cast<std::size_t>(which)]; }
    std::array<std::byte, kHeaderSize> encode() const;
    // nullopt where it is not one of this version, or its sections do not fit the file or each other.
    static std::optional<PartHeader> decode(Bytes bytes, std::uint64_t file_size);
};

// Of all bytes behind the header.
std::uint32_t checksum_of(Bytes body);

std::string part_name(Global from, Global to);
std::optional<std::pair<Global, Global>> range_of_part(std::string_view file_name);

// Both spread over all 64 bits; of names and keys that somebody chose in order to collide, look-ups become slow.
std::uint64_t hash_of_name(std::string_view name);
std::uint64_t hash_of_key(const EventId& key);
inline std::uint32_t upper_half(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

}  // namespace station::ledger::detail
