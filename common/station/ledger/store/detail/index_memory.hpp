// What came since the last checkpoint. Its numbers of records are less `from()`, as a part's are. Whoever owns it sees
// to it that nobody reads while append() runs.
#pragma once

#include <map>
#include <optional>
#include <station/ledger/store/detail/index_format.hpp>
#include <station/ledger/store/detail/key_table.hpp>
#include <station/ledger/store/detail/posting.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace station::ledger::detail {

class MemoryTable {
    using Records = std::vector<std::uint32_t>;

    struct NameHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const { return hash_of_name(name); }
    };
    template <typename Value>
    using Named = std::unordered_map<std::string, Value, NameHash, std::equal_to<>>;

    template <typename Value>
    static auto sorted(const Named<Value>& named) {
        std::vector<std::pair<std::uint32_t, const typename Named<Value>::value_type*>> all;
        all.reserve(named.size());
        for (const auto& one : named) all.emplace_back(upper_half(hash_of_name(one.first)), &one);
        std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
            return a.first != b.first ? a.first < b.first : a.second->first < b.second->first;
        });
        return all;
    }
    static auto filler(const Records& records) {
        return [&records](PostingBuilder& into) {
            for (const std::uint32_t record : records) into.add(record);
        };
    }

  public:
    explicit MemoryTable(Global from) : from_(from) {}

    // `first`: of the entity's events, where there are any before this table.
    void append(const IndexEntry& entry, std::optional<Global> first);

    Global from() const { return from_; }
    Global to() const { return from_ + static_cast<Global>(positions_.size()); }
    const PartEnd& end() const { return end_; }
    std::uint64_t new_entities() const { return new_entities_; }
    std::uint64_t bytes() const;

    std::uint32_t position(Global global) const { return positions_[global - from_]; }
    std::uint32_t distance(Global global) const { return distances_[global - from_]; }
    IdHead id(Global global) const { return {ids_[global - from_], next_[global - from_]}; }
    template <typename Holds>
    bool begins_with(Holds holds) const {
        return !ids_.empty() && holds(ids_.front());
    }
    Global first_from(std::uint64_t id_prefix) const;
    Global first_after(std::uint64_t id_prefix) const;
    void find_key(const EventId& key, std::vector<Global>& into) const;

    std::optional<EntityHead> entity(std::uint64_t hash, std::string_view name) const;
    template <typename Visit>
    void entities_with(std::string_view prefix, Visit visit) const {
        for (const auto& [name, head] : entities_) {
            if (name.starts_with(prefix)) visit(head);
        }
    }
    Posting scope(std::string_view name) const;
    Posting kind(std::uint32_t kind) const;
    std::vector<Posting> kinds_of(unsigned category) const;
    Posting hidden() const { return kind(kHiddenKind); }

    // As a part is written: see write_part().
    std::uint64_t most_keys() const { return keys_.size(); }
    std::uint64_t most_entities() const { return entities_.size(); }
    std::uint64_t most_scopes() const { return scopes_.size(); }
    template <typename Visit>
    void each_position(Visit visit) const {
        for (const std::uint32_t position : positions_) visit(position);
    }
    template <typename Visit>
    void each_distance(Visit visit) const {
        for (const std::uint32_t distance : distances_) visit(distance);
    }
    template <typename Visit>
    void each_id(Visit visit) const {
        for (Global global = from(); global < to(); ++global) visit(id(global));
    }
    template <typename Visit>
    void each_key(Visit visit) const {
        for (const std::uint64_t pair : keys_.sorted()) visit(upper_half(pair), static_cast<std::uint32_t>(pair));
    }
    template <typename Visit>
    void each_entity(Visit visit) const {
        for (const auto& [hash, named] : sorted(entities_)) visit(hash, named->first, named->second);
    }
    template <typename Visit>
    void each_scope(Visit visit) const {
        for (const auto& [hash, named] : sorted(scopes_)) visit(hash, named->first, filler(named->second));
    }
    template <typename Visit>
    void each_kind(Visit visit) const {
        for (const auto& [kind, records] : kinds_) visit(kind, filler(records));
    }

  private:
    Global from_;
    Records positions_;
    Records distances_;
    std::vector<std::uint64_t> ids_;  // an IdHead each: the prefixes by themselves are searched faster
    std::vector<std::uint16_t> next_;
    KeyTable keys_;
    Named<EntityHead> entities_;
    Named<Records> scopes_;
    std::map<std::uint32_t, Records> kinds_;
    std::uint64_t new_entities_ = 0;
    PartEnd end_;
};

}  // namespace station::ledger::detail
