#include <algorithm>
#include <station/ledger/store/detail/index_memory.hpp>

namespace station::ledger::detail {
namespace {

template <typename Map>
std::uint64_t bytes_of_nodes(const Map& map) {
    return map.bucket_count() * sizeof(void*) + map.size() * (sizeof(typename Map::value_type) + 2 * sizeof(void*));
}

template <typename T>
std::uint64_t bytes_of(const std::vector<T>& vector) {
    return vector.capacity() * sizeof(T);
}

}  // namespace

void MemoryTable::append(const IndexEntry& entry, std::optional<Global> first) {
    const auto record = static_cast<std::uint32_t>(positions_.size());
    if (entry.hidden) {
        kinds_[kHiddenKind].push_back(record);
    } else {
        auto entity = entities_.find(entry.entity);
        if (entity == entities_.end()) {
            entity = entities_.emplace(entry.entity, EntityHead{first.value_or(entry.global), 0, 0}).first;
            if (!first) ++new_entities_;
        }
        entity->second.last = entry.global;
        entity->second.last_sequence = entry.sequence;
        auto scope = scopes_.find(entry.scope);
        if (scope == scopes_.end()) scope = scopes_.emplace(entry.scope, Records{}).first;
        scope->second.push_back(record);
        kinds_[entry.kind.bits()].push_back(record);
        if (entry.key) keys_.add(hash_of_key(*entry.key), record);
    }
    const IdHead id = head_of(entry.id);
    ids_.push_back(id.prefix);
    next_.push_back(id.next.value_or(0));
    distances_.push_back(entry.previous && !entry.hidden ? entry.global - *entry.previous : 0);
    end_ = {entry.global, entry.id, entry.position, entry.event_hash};
    positions_.push_back(entry.position);
}

std::uint64_t MemoryTable::bytes() const {
    std::uint64_t total = bytes_of(positions_) + bytes_of(distances_) + bytes_of(ids_) + bytes_of(next_) +
                          keys_.bytes() + bytes_of_nodes(entities_) + bytes_of_nodes(scopes_);
    for (const auto& [name, head] : entities_) total += name.size() < 16 ? 0 : name.capacity() + 1;
    for (const auto& [name, records] : scopes_) total += bytes_of(records);
    for (const auto& [kind, records] : kinds_) total += bytes_of(records) + 64;
    return total;
}

Global MemoryTable::first_from(std::uint64_t id_prefix) const {
    return from_ + static_cast<Global>(std::lower_bound(ids_.begin(), ids_.end(), id_prefix) - ids_.begin());
}

Global MemoryTable::first_after(std::uint64_t id_prefix) const {
    return from_ + static_cast<Global>(std::upper_bound(ids_.begin(), ids_.end(), id_prefix) - ids_.begin());
}

void MemoryTable::find_key(const EventId& key, std::vector<Global>& into) const {
    keys_.each_of(hash_of_key(key), [&](std::uint32_t record) { into.push_back(from_ + record); });
}

std::optional<EntityHead> MemoryTable::entity(std::uint64_t, std::string_view name) const {
    const auto found = entities_.find(name);
    return found == entities_.end() ? std::nullopt : std::optional{found->second};
}

Posting MemoryTable::scope(std::string_view name) const {
    const auto found = scopes_.find(name);
    return found == scopes_.end() ? Posting{} : Posting{found->second};
}

Posting MemoryTable::kind(std::uint32_t kind) const {
    const auto found = kinds_.find(kind);
    return found == kinds_.end() ? Posting{} : Posting{found->second};
}

std::vector<Posting> MemoryTable::kinds_of(unsigned category) const {
    std::vector<Posting> lists;
    const auto end = kinds_.lower_bound((category + 1) << 12);
    for (auto kind = kinds_.lower_bound(category << 12); kind != end; ++kind) lists.emplace_back(kind->second);
    return lists;
}

}  // namespace station::ledger::detail
