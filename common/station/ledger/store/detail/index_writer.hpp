// Writes a part from front to back: see index_format.hpp. The header, without which it is none, comes last.
#pragma once

#include <bit>
#include <limits>
#include <station/ledger/store/detail/index_format.hpp>
#include <station/ledger/store/detail/posting.hpp>
#include <station/log/file.hpp>
#include <system_error>
#include <vector>

namespace station::ledger::detail {

class PartWriter {
  public:
    PartWriter(log::File& file, Global from, Global to);

    void begin(Section section, std::size_t alignment = 8);  // ends the one before
    void write(Bytes bytes);
    template <std::integral T>
    void number(T value) {
        std::byte bytes[sizeof value];
        log::store_little(bytes, value);
        write(bytes);
    }
    void name(std::string_view name);
    std::uint64_t in_section() const { return at_ - header_.sections[section_].offset; }
    // The first error of all that was written.
    std::error_code finish(const PartEnd& end, std::uint64_t new_entities);

  private:
    void flush();
    void end_section();

    log::File& file_;
    PartHeader header_;
    std::size_t section_ = kSections;
    std::uint64_t at_ = kHeaderSize;
    std::vector<std::byte> piece_;
    std::vector<std::byte> sums_;
    std::error_code error_;
};

class IdWriter {
  public:
    explicit IdWriter(PartWriter& writer) : writer_(writer) {}
    void add(const IdHead& id);
    void write_blocks();

  private:
    void flush();
    IdForm form(std::vector<std::uint32_t>& words) const;

    PartWriter& writer_;
    std::vector<IdHead> block_;
    std::vector<std::uint64_t> blocks_;
};

// For a run of hashes with at most so many.
class DirectoryBuilder {
  public:
    explicit DirectoryBuilder(std::uint64_t most);
    void add(std::uint32_t hash) { ++starts_[(bits_ == 0 ? 0 : hash >> (32 - bits_)) + 1]; }
    void write(PartWriter& writer);

  private:
    unsigned bits_;
    std::vector<std::uint32_t> starts_;
};

struct PostingPlace {
    std::uint64_t offset = 0;
    std::uint32_t size = 0;
    std::uint32_t count = 0;

    void write(PartWriter& writer) const;
};

template <typename Filler>
PostingPlace write_posting(PartWriter& writer, Filler& fill) {
    PostingBuilder builder;
    fill(builder);
    const auto bytes = builder.freeze();
    static constexpr std::byte zeros[32]{};
    writer.write(Bytes{zeros}.first((32 - writer.in_section() % 32) % 32));
    const PostingPlace place{writer.in_section(), static_cast<std::uint32_t>(bytes.size()), builder.size()};
    writer.write(bytes);
    return place;
}

// Entities, or scopes: the run, its directory, and the names behind what `entry` writes for each. `each` is gone
// through twice, so that nothing is kept.
template <typename Each, typename Entry>
std::error_code write_named(PartWriter& writer, Section run, std::uint64_t most, std::size_t before, Each each,
                            Entry entry) {
    DirectoryBuilder directory{most};
    std::uint64_t place = 0;
    writer.begin(run);
    each([&](std::uint32_t hash, std::string_view name, const auto&) {
        writer.number(std::uint64_t{hash} << 32 | (place & 0xFFFFFFFF));
        directory.add(hash);
        place += before + 1 + name.size();
    });
    if (place > std::numeric_limits<std::uint32_t>::max()) return std::make_error_code(std::errc::file_too_large);
    writer.begin(static_cast<Section>(static_cast<std::size_t>(run) + 1));
    directory.write(writer);
    writer.begin(static_cast<Section>(static_cast<std::size_t>(run) + 2));
    each([&](std::uint32_t, std::string_view name, const auto& value) {
        entry(value);
        writer.name(name);
    });
    return {};
}

// What is in memory, or several parts as one: see MemoryTable and MergedParts.
template <typename Source>
std::error_code write_part(log::File& file, const Source& source) {
    PartWriter writer{file, source.from(), source.to()};
    writer.begin(Section::positions);
    source.each_position([&](std::uint32_t position) { writer.number(position); });
    writer.begin(Section::distances);
    source.each_distance([&](std::uint32_t distance) { writer.number(distance); });
    IdWriter ids{writer};
    writer.begin(Section::id_words);
    source.each_id([&](const IdHead& id) { ids.add(id); });
    ids.write_blocks();

    DirectoryBuilder directory{source.most_keys()};
    writer.begin(Section::keys);
    source.each_key([&](std::uint32_t hash, std::uint32_t record) {
        writer.number(std::uint64_t{hash} << 32 | record);
        directory.add(hash);
    });
    writer.begin(Section::key_directory);
    directory.write(writer);

    const auto entities = [&](auto visit) { source.each_entity(visit); };
    const auto write_head = [&](const EntityHead& head) {
        writer.number(head.first);
        writer.number(head.last);
        writer.number(static_cast<std::uint32_t>(head.last_sequence));
    };
    if (const auto error =
            write_named(writer, Section::entities, source.most_entities(), kEntityEntry, entities, write_head)) {
        return error;
    }

    std::vector<PostingPlace> scope_lists;
    std::vector<std::pair<std::uint32_t, PostingPlace>> kind_lists;
    writer.begin(Section::postings, 32);
    source.each_scope(
        [&](std::uint32_t, std::string_view, auto fill) { scope_lists.push_back(write_posting(writer, fill)); });
    source.each_kind(
        [&](std::uint32_t kind, auto fill) { kind_lists.emplace_back(kind, write_posting(writer, fill)); });
    std::size_t scope = 0;
    const auto scopes = [&](auto visit) { source.each_scope(visit); };
    const auto write_list = [&](const auto&) { scope_lists[scope++].write(writer); };
    if (const auto error = write_named(writer, Section::scopes, source.most_scopes(), kListEntry, scopes, write_list)) {
        return error;
    }
    writer.begin(Section::kinds);
    for (const auto& [kind, list] : kind_lists) {
        writer.number(kind);
        list.write(writer);
    }
    return writer.finish(source.end(), source.new_entities());
}

}  // namespace station::ledger::detail
