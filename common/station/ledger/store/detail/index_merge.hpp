// Parts that follow each other, as one: what write_part() needs of them. Everything comes in order from the mappings,
// so that merging takes the memory of the largest posting list, and a few bytes for every scope.
#pragma once

#include <set>
#include <span>
#include <station/ledger/store/detail/index_part.hpp>

namespace station::ledger::detail {

class MergedParts {
  public:
    using Parts = std::span<const std::shared_ptr<const Part>>;

    explicit MergedParts(Parts parts) : parts_(parts) {}

    Global from() const { return parts_.front()->from(); }
    Global to() const { return parts_.back()->to(); }
    const PartEnd& end() const { return parts_.back()->end(); }
    std::uint64_t new_entities() const {
        std::uint64_t sum = 0;
        for (const auto& part : parts_) sum += part->new_entities();
        return sum;
    }
    std::uint64_t most_keys() const { return count(&Part::keys); }
    std::uint64_t most_entities() const { return count(&Part::entities); }
    std::uint64_t most_scopes() const { return count(&Part::scopes); }
    // Places of names have 32 bits.
    bool is_too_large() const;

    template <typename Visit>
    void each_position(Visit visit) const {
        each_record([&](const Part& part, Global global) { visit(part.position(global)); });
    }
    template <typename Visit>
    void each_distance(Visit visit) const {
        each_record([&](const Part& part, Global global) { visit(part.distance(global)); });
    }
    template <typename Visit>
    void each_id(Visit visit) const {
        each_record([&](const Part& part, Global global) { visit(part.id(global)); });
    }
    template <typename Visit>
    void each_key(Visit visit) const {
        std::vector<std::size_t> at(parts_.size());
        for (;;) {
            std::size_t least = parts_.size();
            for (std::size_t i = 0; i < parts_.size(); ++i) {
                if (at[i] == parts_[i]->keys().pairs.size()) continue;
                if (least == parts_.size() || parts_[i]->keys().hash(at[i]) < parts_[least]->keys().hash(at[least])) {
                    least = i;
                }
            }
            if (least == parts_.size()) return;
            const HashedRun& keys = parts_[least]->keys();
            visit(keys.hash(at[least]), keys.value(at[least]) + shift(least));
            ++at[least];
        }
    }
    template <typename Visit>
    void each_entity(Visit visit) const {
        const auto name_at = [](const Part& part, std::uint32_t place) -> std::optional<std::string_view> {
            const auto entity = part.entity_at(place);
            return entity ? std::optional{entity->name} : std::nullopt;
        };
        each_name(&Part::entities, name_at, [&](std::uint32_t hash, std::string_view name, const Group& group) {
            // The newest part knows the chain's end, and its beginning too.
            visit(hash, name, parts_[group.back().part]->entity_at(group.back().place)->head);
        });
    }
    template <typename Visit>
    void each_scope(Visit visit) const {
        const auto name_at = [](const Part& part, std::uint32_t place) { return part.scope_name_at(place); };
        each_name(&Part::scopes, name_at, [&](std::uint32_t hash, std::string_view name, const Group& group) {
            visit(hash, name, [&](PostingBuilder& into) {
                for (const auto& [part, place] : group) fill(part, parts_[part]->scope_list_at(place), into);
            });
        });
    }
    template <typename Visit>
    void each_kind(Visit visit) const {
        std::set<std::uint32_t> kinds;
        for (const auto& part : parts_) {
            for (const std::uint32_t kind : part->kinds()) kinds.insert(kind);
        }
        for (const std::uint32_t kind : kinds) {
            visit(kind, [&](PostingBuilder& into) {
                for (std::size_t part = 0; part < parts_.size(); ++part) fill(part, parts_[part]->kind(kind), into);
            });
        }
    }

  private:
    struct Member {
        std::size_t part = 0;
        std::uint32_t place = 0;
    };
    using Group = std::vector<Member>;  // of one name, oldest part first

    std::uint32_t shift(std::size_t part) const { return parts_[part]->from() - from(); }
    std::uint64_t count(const HashedRun& (Part::*run)() const) const;
    void fill(std::size_t part, const Posting& list, PostingBuilder& into) const;

    template <typename Visit>
    void each_record(Visit visit) const {
        for (const auto& part : parts_) {
            for (Global global = part->from(); global < part->to(); ++global) visit(*part, global);
        }
    }

    // In order of (hash, name), as a part has them. An entry that leads nowhere is left out.
    template <typename NameAt, typename Visit>
    void each_name(const HashedRun& (Part::*run)() const, NameAt name_at, Visit visit) const {
        struct Head {
            std::size_t at = 0;
            std::uint32_t hash = 0;
            std::optional<std::string_view> name = {};
        };
        std::vector<Head> heads(parts_.size());
        const auto read = [&](std::size_t i) {
            const HashedRun& entries = (*parts_[i].*run)();
            heads[i].name.reset();
            for (; heads[i].at < entries.pairs.size() && !heads[i].name; ++heads[i].at) {
                heads[i].hash = entries.hash(heads[i].at);
                heads[i].name = name_at(*parts_[i], entries.value(heads[i].at));
            }
        };
        for (std::size_t i = 0; i < parts_.size(); ++i) read(i);
        Group group;
        for (;;) {
            const Head* least = nullptr;
            for (const Head& head : heads) {
                if (!head.name) continue;
                if (least == nullptr || std::tie(head.hash, *head.name) < std::tie(least->hash, *least->name)) {
                    least = &head;
                }
            }
            if (least == nullptr) return;
            const std::uint32_t hash = least->hash;
            const std::string_view name = *least->name;
            group.clear();
            for (std::size_t i = 0; i < parts_.size(); ++i) {
                if (!heads[i].name || heads[i].hash != hash || *heads[i].name != name) continue;
                group.push_back({i, (*parts_[i].*run)().value(heads[i].at - 1)});
                read(i);
            }
            visit(hash, name, group);
        }
    }

    Parts parts_;
};

}  // namespace station::ledger::detail
