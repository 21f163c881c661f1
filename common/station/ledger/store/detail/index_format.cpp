#include <roaring/roaring.h>
#include <charconv>
#include <cstring>
#include <limits>
#include <station/ledger/store/detail/index_format.hpp>
#include <station/log/detail/crc32c.hpp>
#include <vector>

namespace station::ledger::detail {
namespace {

using log::load_little;
using log::store_little;

constexpr std::uint32_t kPartMagic = 0x58494C53;  // "SLIX"
constexpr std::uint16_t kPartVersion = 2;
constexpr std::uint32_t kRoaringVersion =
    ROARING_VERSION_MAJOR << 20 | ROARING_VERSION_MINOR << 10 | ROARING_VERSION_REVISION;
constexpr std::size_t kSectionTable = 40;
constexpr std::size_t kPartEnd = kSectionTable + 16 * kSections;
constexpr std::size_t kHeaderChecksum = kHeaderSize - 4;

bool fits_directory(const PartHeader& header, Section pairs, Section directory) {
    const std::uint64_t entries = header.section(directory).size / 4;
    return header.section(pairs).size % 8 == 0 && header.section(directory).size % 4 == 0 && entries >= 2 &&
           ((entries - 1) & (entries - 2)) == 0 && entries <= (std::uint64_t{1} << 32);
}

bool fits(const PartHeader& header) {
    std::uint64_t end = kHeaderSize;
    for (const auto& [offset, size] : header.sections) {
        if (offset < end || offset > header.file_size || size > header.file_size - offset) return false;
        end = offset + size;
    }
    if (header.from >= header.to || end != header.file_size) return false;
    const std::uint64_t records = header.to - header.from;
    const auto size = [&](Section which) { return header.section(which).size; };
    return size(Section::positions) == 4 * records && size(Section::distances) == 4 * records &&
           size(Section::id_blocks) == 16 * ((records + kIdBlock - 1) / kIdBlock) && size(Section::id_words) % 4 == 0 &&
           fits_directory(header, Section::keys, Section::key_directory) &&
           fits_directory(header, Section::entities, Section::entity_directory) &&
           fits_directory(header, Section::scopes, Section::scope_directory) &&
           size(Section::kinds) % kKindEntry == 0 && header.section(Section::postings).offset % 32 == 0;
}

// An id's number has 26 bits: 12 at the end of its prefix, 14 at the end of what comes next.
constexpr unsigned kNumberBits = 26;
constexpr unsigned kLowBits = 14;
constexpr std::uint64_t kUpperNumber = 0xFFF;
constexpr std::uint64_t kLowNumber = 0x3FFF;
constexpr std::uint64_t kVersion = 0xF000;

std::uint64_t number_of(const IdHead& id) {
    return (id.prefix & kUpperNumber) << kLowBits | (id.next.value_or(0) & kLowNumber);
}

constexpr std::uint64_t stir(std::uint64_t bits) {
    constexpr std::uint64_t odd = 0xD6E8FEB86659FD93;
    bits = (bits ^ bits >> 32) * odd;
    bits = (bits ^ bits >> 32) * odd;
    return bits ^ bits >> 32;
}

}  // namespace

IdHead head_of(const EventId& id) {
    return {id.prefix(), static_cast<std::uint16_t>(log::load_big(id.bytes().data() + 8) >> 48)};
}

std::optional<std::uint32_t> number_between(const IdHead& a, const IdHead& b) {
    if (!a.next || !b.next || b.prefix < a.prefix) return std::nullopt;
    const bool alike = ((a.prefix ^ b.prefix) & kVersion) == 0 && ((*a.next ^ *b.next) & ~kLowNumber) == 0;
    const std::uint64_t milliseconds = (b.prefix >> 16) - (a.prefix >> 16);
    if (!alike || milliseconds >> (32 - kNumberBits) > 1) return std::nullopt;
    const std::uint64_t number = (milliseconds << kNumberBits) + number_of(b) - number_of(a);  // may wrap
    if (number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return static_cast<std::uint32_t>(number);
}

IdHead head_behind(const IdHead& a, std::uint32_t number) {
    const std::uint64_t sum = number_of(a) + number;
    const std::uint64_t milliseconds = (a.prefix >> 16) + (sum >> kNumberBits);
    const std::uint64_t upper = sum >> kLowBits & kUpperNumber;
    const std::uint64_t next = (a.next.value_or(0) & ~kLowNumber) | (sum & kLowNumber);
    return {milliseconds << 16 | (a.prefix & kVersion) | upper, static_cast<std::uint16_t>(next)};
}

std::array<std::byte, kHeaderSize> PartHeader::encode() const {
    std::array<std::byte, kHeaderSize> bytes{};
    store_little(bytes.data(), kPartMagic);
    store_little(bytes.data() + 4, kPartVersion);
    store_little(bytes.data() + 6, static_cast<std::uint16_t>(kSections));
    store_little(bytes.data() + 8, from);
    store_little(bytes.data() + 12, to);
    store_little(bytes.data() + 16, new_entities);
    store_little(bytes.data() + 24, file_size);
    store_little(bytes.data() + 32, checksum);
    store_little(bytes.data() + 36, kRoaringVersion);
    std::byte* at = bytes.data() + kSectionTable;
    for (const auto& [offset, size] : sections) {
        store_little(at, offset);
        store_little(at + 8, size);
        at += 16;
    }
    std::memcpy(at, end.id.bytes().data(), EventId::kSize);
    store_little(at + 16, end.position);
    std::memcpy(at + 20, end.event_hash.bytes.data(), Hash::kSize);
    store_little(bytes.data() + kHeaderChecksum, log::crc32c(Bytes{bytes}.first(kHeaderChecksum)));
    return bytes;
}

std::optional<PartHeader> PartHeader::decode(Bytes bytes, std::uint64_t file_size) {
    if (bytes.size() < kHeaderSize) return std::nullopt;
    const auto u32 = [&](std::size_t at) { return load_little<std::uint32_t>(bytes.data() + at); };
    const auto u64 = [&](std::size_t at) { return load_little<std::uint64_t>(bytes.data() + at); };
    if (u32(0) != kPartMagic || u32(4) != (kPartVersion | std::uint32_t{kSections} << 16)) return std::nullopt;
    if (u32(36) != kRoaringVersion || u32(kHeaderChecksum) != log::crc32c(bytes.first(kHeaderChecksum))) {
        return std::nullopt;
    }
    PartHeader header;
    header.from = u32(8);
    header.to = u32(12);
    header.new_entities = u64(16);
    header.file_size = u64(24);
    header.checksum = u32(32);
    for (std::size_t i = 0; i < kSections; ++i) {
        header.sections[i] = {u64(kSectionTable + 16 * i), u64(kSectionTable + 16 * i + 8)};
    }
    std::array<std::byte, EventId::kSize> id{};
    std::memcpy(id.data(), bytes.data() + kPartEnd, id.size());
    header.end = {header.to - 1, EventId{id}, u32(kPartEnd + 16),
                  Hash::from_bytes(bytes.subspan(kPartEnd + 20, Hash::kSize))};
    if (header.file_size != file_size || !fits(header)) return std::nullopt;
    return header;
}

std::uint32_t checksum_of(Bytes body) {
    std::vector<std::byte> sums;
    sums.reserve((body.size() / kPiece + 1) * 4);
    for (; !body.empty(); body = body.subspan(std::min(body.size(), kPiece))) {
        sums.resize(sums.size() + 4);
        store_little(sums.data() + sums.size() - 4, log::crc32c(body.first(std::min(body.size(), kPiece))));
    }
    return log::crc32c(sums);
}

std::string part_name(Global from, Global to) {
    return "part-" + std::to_string(from) + "-" + std::to_string(to) + ".lix";
}

std::optional<std::pair<Global, Global>> range_of_part(std::string_view file_name) {
    constexpr std::string_view before = "part-";
    if (!file_name.starts_with(before)) return std::nullopt;
    const char* const last = file_name.data() + file_name.size();
    std::pair<Global, Global> range;
    const auto from = std::from_chars(file_name.data() + before.size(), last, range.first);
    if (from.ec != std::errc{} || from.ptr == last || *from.ptr != '-') return std::nullopt;
    const auto to = std::from_chars(from.ptr + 1, last, range.second);
    if (to.ec != std::errc{} || range.first >= range.second) return std::nullopt;
    if (file_name != part_name(range.first, range.second)) return std::nullopt;
    return range;
}

std::uint64_t hash_of_name(std::string_view name) {
    std::uint64_t hash = stir(name.size() + 1);
    Bytes rest = log::as_bytes(name);
    for (; rest.size() >= 8; rest = rest.subspan(8)) hash = stir(hash ^ load_little<std::uint64_t>(rest.data()));
    std::uint64_t tail = 0;
    for (std::size_t i = 0; i < rest.size(); ++i) tail |= std::to_integer<std::uint64_t>(rest[i]) << 8 * i;
    return stir(hash ^ tail);
}

std::uint64_t hash_of_key(const EventId& key) {
    const std::byte* const bytes = key.bytes().data();
    return stir(stir(load_little<std::uint64_t>(bytes)) ^ load_little<std::uint64_t>(bytes + 8));
}

}  // namespace station::ledger::detail
