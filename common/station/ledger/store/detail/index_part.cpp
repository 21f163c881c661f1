#include <bit>
#include <station/ledger/store/detail/index_part.hpp>

namespace station::ledger::detail {

HashedRun::HashedRun(Bytes run, Bytes heads)
    : pairs(run), directory(heads), bits(static_cast<unsigned>(std::bit_width(directory.size() - 1)) - 1) {}

log::Expected<std::shared_ptr<const Part>> Part::open(log::Disk& disk, const log::Path& path, Global from, Global to) {
    const auto damaged = tl::unexpected(make_error_code(Errc::damaged));
    const auto file = disk.open(path, log::Open::read);
    if (!file) return tl::unexpected(file.error());
    const auto size = (*file)->size();
    if (!size) return tl::unexpected(size.error());
    if (*size < kHeaderSize) return damaged;
    const auto mapping = (*file)->map(0, static_cast<std::size_t>(*size));
    if (!mapping) return tl::unexpected(mapping.error());
    if (!mapping->covers(0, *size)) return damaged;
    const auto header = PartHeader::decode(mapping->bytes(0, kHeaderSize), *size);
    if (!header || header->from != from || header->to != to) return damaged;
    if (checksum_of(mapping->bytes(kHeaderSize, *size)) != header->checksum) return damaged;
    return std::shared_ptr<const Part>{new Part{*mapping, *header}};
}

Part::Part(log::Mapping mapping, const PartHeader& header)
    : mapping_(std::move(mapping)),
      header_(header),
      positions_(section(Section::positions)),
      distances_(section(Section::distances)),
      id_words_(section(Section::id_words)),
      id_blocks_(section(Section::id_blocks)),
      keys_(section(Section::keys), section(Section::key_directory)),
      entities_(section(Section::entities), section(Section::entity_directory)),
      scopes_(section(Section::scopes), section(Section::scope_directory)),
      entity_names_(section(Section::entity_names)),
      scope_names_(section(Section::scope_names)),
      postings_(section(Section::postings)),
      kinds_(section(Section::kinds)),
      hidden_(kind(kHiddenKind)) {}

Bytes Part::section(Section which) const {
    const auto& [offset, size] = header_.section(which);
    return mapping_.bytes(offset, offset + size);
}

std::uint32_t Part::distance(Global global) const {
    const std::uint32_t distance = distances_[global - from()];
    return distance <= global ? distance : 0;
}

IdHead Part::id(Global global) const {
    const std::size_t i = global - from();
    const std::size_t block = i / kIdBlock * 2;
    const std::uint64_t first = id_blocks_[block];
    const std::uint64_t where = id_blocks_[block + 1];
    const std::uint64_t words = (where & 0xFFFF'FFFF'FFFF) >> 2;
    const auto word = [&](std::uint64_t at) { return at < id_words_.size() ? std::uint64_t{id_words_[at]} : 0; };
    const std::uint64_t at = words + i % kIdBlock;
    switch (static_cast<IdForm>(where & 3)) {
        case IdForm::numbered:
            return head_behind({first, static_cast<std::uint16_t>(where >> 48)}, static_cast<std::uint32_t>(word(at)));
        case IdForm::wide: return {word(at + i % kIdBlock) | word(at + i % kIdBlock + 1) << 32};
        default: return {first + word(at)};
    }
}

// The first record whose id passes, where all behind one that does pass, too.
template <typename Passes>
Global Part::first_that(Passes passes) const {
    std::size_t low = 0;  // blocks; the answer is in the last one whose first id does not pass, or right behind it
    std::size_t high = id_blocks_.size() / 2;
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (passes(id_blocks_[middle * 2])) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    if (low == 0) return from();
    std::uint64_t first = (low - 1) * kIdBlock;
    std::uint64_t last = std::min<std::uint64_t>(low * kIdBlock, to() - from());
    while (first < last) {
        const std::uint64_t middle = first + (last - first) / 2;
        if (passes(id(from() + static_cast<Global>(middle)).prefix)) {
            last = middle;
        } else {
            first = middle + 1;
        }
    }
    return from() + static_cast<Global>(first);
}

Global Part::first_from(std::uint64_t id_prefix) const {
    return first_that([&](std::uint64_t id) { return id >= id_prefix; });
}

Global Part::first_after(std::uint64_t id_prefix) const {
    return first_that([&](std::uint64_t id) { return id > id_prefix; });
}

void Part::find_key(std::uint64_t hash, std::vector<Global>& into) const {
    keys_.find(upper_half(hash), [&](std::uint32_t record) {
        if (record < to() - from()) into.push_back(from() + record);
        return false;
    });
}

std::optional<std::string_view> Part::name_at(Bytes names, std::uint64_t place, std::size_t before) {
    if (place > names.size() || names.size() - place < before + 1) return std::nullopt;
    const Bytes entry = names.subspan(static_cast<std::size_t>(place) + before);
    const auto size = std::to_integer<std::size_t>(entry[0]);
    if (entry.size() < 1 + size) return std::nullopt;
    return log::as_text(entry.subspan(1, size));
}

std::optional<Part::Entity> Part::entity_at(std::uint64_t place) const {
    const auto name = name_at(entity_names_, place, kEntityEntry);
    if (!name) return std::nullopt;
    const Numbers<std::uint32_t> fields{entity_names_.subspan(static_cast<std::size_t>(place), kEntityEntry)};
    const EntityHead head{fields[0], fields[1], fields[2]};
    if (head.last < from() || head.last >= to()) return std::nullopt;
    return Entity{*name, head};
}

std::optional<EntityHead> Part::entity(std::uint64_t hash, std::string_view name) const {
    std::optional<EntityHead> found;
    entities_.find(upper_half(hash), [&](std::uint32_t place) {
        const auto entry = entity_at(place);
        if (!entry || entry->name != name) return false;
        found = entry->head;
        return true;
    });
    return found;
}

Posting Part::list_at(const std::byte* at) const {
    const auto offset = log::load_little<std::uint64_t>(at);
    const auto size = log::load_little<std::uint32_t>(at + 8);
    if (offset % 32 != 0 || offset > postings_.size() || size > postings_.size() - offset) return {};
    return Posting::frozen(postings_.subspan(static_cast<std::size_t>(offset), size),
                           log::load_little<std::uint32_t>(at + 12));
}

Posting Part::scope(std::string_view name) const {
    Posting found;
    scopes_.find(upper_half(hash_of_name(name)), [&](std::uint32_t place) {
        if (name_at(scope_names_, place, kListEntry) != name) return false;
        found = scope_list_at(place);
        return true;
    });
    return found;
}

std::uint32_t Part::kind_at(std::size_t row) const {
    return log::load_little<std::uint32_t>(kinds_.data() + row * kKindEntry);
}

std::size_t Part::kind_row(std::uint32_t kind) const {
    std::size_t low = 0;
    std::size_t high = kinds_.size() / kKindEntry;
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        if (kind_at(middle) >= kind) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

Posting Part::kind(std::uint32_t kind) const {
    const std::size_t row = kind_row(kind);
    if (row == kinds_.size() / kKindEntry || kind_at(row) != kind) return {};
    return list_at(kinds_.data() + row * kKindEntry + 4);
}

std::vector<Posting> Part::kinds_of(unsigned category) const {
    std::vector<Posting> lists;
    const std::size_t end = kind_row((category + 1) << 12);
    for (std::size_t row = kind_row(category << 12); row < end; ++row) {
        lists.push_back(list_at(kinds_.data() + row * kKindEntry + 4));
    }
    return lists;
}

std::vector<std::uint32_t> Part::kinds() const {
    std::vector<std::uint32_t> all(kinds_.size() / kKindEntry);
    for (std::size_t row = 0; row < all.size(); ++row) all[row] = kind_at(row);
    return all;
}

}  // namespace station::ledger::detail
