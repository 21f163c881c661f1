// A part of the index, read where it is mapped: see index_format.hpp. Immutable; any thread. Its checksum was right
// when it was opened; places in it are looked at before they are followed all the same, so that bytes which somebody
// made up, checksum and all, can make a wrong answer and no more.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <station/ledger/store/detail/index_format.hpp>
#include <station/ledger/store/detail/posting.hpp>
#include <string_view>
#include <vector>

namespace station::ledger::detail {

// Numbers that lie in a file.
template <typename T>
class Numbers {
  public:
    Numbers() = default;
    explicit Numbers(Bytes bytes) : bytes_(bytes.data()), size_(bytes.size() / sizeof(T)) {}

    std::size_t size() const { return size_; }
    T operator[](std::size_t i) const { return log::load_little<T>(bytes_ + i * sizeof(T)); }
    void fetch(std::size_t i) const { __builtin_prefetch(bytes_ + i * sizeof(T)); }

  private:
    const std::byte* bytes_ = nullptr;
    std::size_t size_ = 0;
};

// A sorted run of hashes with its directory.
struct HashedRun {
    Numbers<std::uint64_t> pairs;
    Numbers<std::uint32_t> directory;
    unsigned bits = 0;

    HashedRun() = default;
    HashedRun(Bytes run, Bytes heads);
    std::uint32_t hash(std::size_t i) const { return upper_half(pairs[i]); }
    std::uint32_t value(std::size_t i) const { return static_cast<std::uint32_t>(pairs[i]); }

    // Ahead of find(): the first, then the second.
    void fetch_directory(std::uint32_t wanted) const { directory.fetch(bucket(wanted)); }
    void fetch_pairs(std::uint32_t wanted) const {
        pairs.fetch(std::min<std::size_t>(directory[bucket(wanted)], pairs.size()));
    }
    std::uint32_t bucket(std::uint32_t wanted) const { return bits == 0 ? 0 : wanted >> (32 - bits); }

    // All values of this hash, until `stop` says so.
    template <typename Stop>
    void find(std::uint32_t wanted, Stop stop) const {
        const std::size_t end = std::min<std::size_t>(directory[bucket(wanted) + 1], pairs.size());
        for (std::size_t i = directory[bucket(wanted)]; i < end && hash(i) <= wanted; ++i) {
            if (hash(i) == wanted && stop(value(i))) return;
        }
    }
};

class Part {
  public:
    // Errc::damaged where the file does not hold together; the disk's error where that can't be said.
    static log::Expected<std::shared_ptr<const Part>> open(log::Disk& disk, const log::Path& path, Global from,
                                                           Global to);

    Global from() const { return header_.from; }
    Global to() const { return header_.to; }
    const PartEnd& end() const { return header_.end; }
    std::uint64_t new_entities() const { return header_.new_entities; }
    std::uint64_t file_size() const { return header_.file_size; }

    // Of records that are in it.
    std::uint32_t position(Global global) const { return positions_[global - from()]; }
    std::uint32_t distance(Global global) const;
    IdHead id(Global global) const;
    std::uint64_t first_id() const { return id_blocks_[0]; }
    // The first with an id that is not less, or is greater; to() where there is none.
    Global first_from(std::uint64_t id_prefix) const;
    Global first_after(std::uint64_t id_prefix) const;
    void find_key(std::uint64_t hash, std::vector<Global>& into) const;

    std::optional<EntityHead> entity(std::uint64_t hash, std::string_view name) const;
    template <typename Visit>
    void entities_with(std::string_view prefix, Visit visit) const {
        for (std::uint64_t at = 0; at < entity_names_.size();) {
            const auto entry = entity_at(at);
            if (!entry) return;
            if (entry->name.starts_with(prefix)) visit(entry->head);
            at += kEntityEntry + 1 + entry->name.size();
        }
    }
    Posting scope(std::string_view name) const;
    Posting kind(std::uint32_t kind) const;
    std::vector<Posting> kinds_of(unsigned category) const;
    const Posting& hidden() const { return hidden_; }

    // For merging.
    struct Entity {
        std::string_view name;
        EntityHead head;
    };
    struct Scope {
        std::string_view name;
        Posting list;
    };
    const HashedRun& keys() const { return keys_; }
    const HashedRun& entities() const { return entities_; }
    const HashedRun& scopes() const { return scopes_; }
    std::optional<Entity> entity_at(std::uint64_t place) const;
    std::optional<std::string_view> scope_name_at(std::uint64_t place) const {
        return name_at(scope_names_, place, kListEntry);
    }
    Posting scope_list_at(std::uint64_t place) const { return list_at(scope_names_.data() + place); }
    std::vector<std::uint32_t> kinds() const;
    std::uint64_t size_of(Section which) const { return header_.section(which).size; }

  private:
    Part(log::Mapping mapping, const PartHeader& header);
    Bytes section(Section which) const;
    static std::optional<std::string_view> name_at(Bytes names, std::uint64_t place, std::size_t before);
    Posting list_at(const std::byte* at) const;
    std::size_t kind_row(std::uint32_t kind) const;  // the first that is not less
    std::uint32_t kind_at(std::size_t row) const;
    template <typename Passes>
    Global first_that(Passes passes) const;

    log::Mapping mapping_;
    PartHeader header_;
    Numbers<std::uint32_t> positions_;
    Numbers<std::uint32_t> distances_;
    Numbers<std::uint32_t> id_words_;
    Numbers<std::uint64_t> id_blocks_;
    HashedRun keys_;
    HashedRun entities_;
    HashedRun scopes_;
    Bytes entity_names_;
    Bytes scope_names_;
    Bytes postings_;
    Bytes kinds_;
    Posting hidden_;
};

}  // namespace station::ledger::detail
