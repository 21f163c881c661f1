// The records of one source, a part or what is in memory, that may be in a region: see Index::select(). Where an
// entity or a prefix is named, its chains are walked backwards; otherwise the shortest posting list is gone through.
#pragma once

#include <algorithm>
#include <limits>
#include <station/ledger/store/detail/index_format.hpp>
#include <station/ledger/store/detail/posting.hpp>
#include <vector>

namespace station::ledger::detail {

// Keeps the smallest `limit` of what it is given, ascending in the end, in memory of about twice that.
class Smallest {
  public:
    explicit Smallest(std::size_t limit) : limit_(limit) {}

    void add(Global global) {
        if (global > bound_) return;
        kept_.push_back(global);
        if (kept_.size() / 2 >= std::max(limit_, kSlack)) cut();
    }
    std::vector<Global> take() {
        std::sort(kept_.begin(), kept_.end());
        if (kept_.size() > limit_) kept_.resize(limit_);
        return std::move(kept_);
    }

  private:
    static constexpr std::size_t kSlack = 1024;

    void cut() {
        if (limit_ == 0) return kept_.clear();
        const auto last = kept_.begin() + static_cast<std::ptrdiff_t>(limit_ - 1);
        std::nth_element(kept_.begin(), last, kept_.end());
        bound_ = *last;
        kept_.resize(limit_);
    }

    std::size_t limit_;
    Global bound_ = std::numeric_limits<Global>::max();
    std::vector<Global> kept_;
};

template <typename Source>
class Selection {
  public:
    // Of the records [from, end), which the source has.
    Selection(const Source& source, const Region& region, Global from, Global end)
        : source_(source), region_(region), from_(from), end_(end) {
        if (region.scope) filters_.push_back({source.scope(*region.scope)});
        if (region.kind) filters_.push_back({source.kind(region.kind->bits())});
        if (region.category) filters_.push_back(source.kinds_of(*region.category));
        std::sort(filters_.begin(), filters_.end(), [](const auto& a, const auto& b) { return total(a) < total(b); });
    }

    void run(std::size_t limit, std::vector<Global>& into) const {
        if (from_ >= end_ || limit == 0 || (!filters_.empty() && total(filters_.front()) == 0)) return;
        if (region_.entity || (region_.prefix && !region_.prefix->empty())) {
            const std::vector<EntityHead> chains = wanted_chains();
            if (is_sooner_ahead(chains, limit)) return follow(chains, limit, into);
            Smallest found{limit};
            for (const EntityHead& head : chains) walk(head, found);
            const auto all = found.take();
            into.insert(into.end(), all.begin(), all.end());
        } else if (!filters_.empty()) {
            lists(limit, into);
        } else {
            everything(limit, into);
        }
    }

  private:
    using Filter = std::vector<Posting>;  // in at least one of them

    static std::uint64_t total(const Filter& filter) {
        std::uint64_t sum = 0;
        for (const Posting& list : filter) sum += list.size();
        return sum;
    }

    bool passes(std::uint32_t record, std::size_t first_filter) const {
        const auto has_it = [&](const Posting& list) { return list.contains(record); };
        return std::all_of(filters_.begin() + static_cast<std::ptrdiff_t>(first_filter), filters_.end(),
                           [&](const Filter& filter) { return std::any_of(filter.begin(), filter.end(), has_it); });
    }

    std::vector<EntityHead> wanted_chains() const {
        std::vector<EntityHead> heads;
        if (!region_.entity) {
            source_.entities_with(*region_.prefix, [&](const EntityHead& head) { heads.push_back(head); });
        } else if (!region_.prefix || region_.entity->starts_with(*region_.prefix)) {
            const auto head = source_.entity(hash_of_name(*region_.entity), *region_.entity);
            if (head) heads.push_back(*head);
        }
        return heads;
    }

    // Chains lead backwards, and all of them are walked for the first few events of many. Those that begin in this
    // source can be followed forwards as well, past whatever else lies there.
    bool is_sooner_ahead(const std::vector<EntityHead>& chains, std::size_t limit) const {
        constexpr std::uint64_t kStepsOfHop = 4;  // a hop waits for memory, a step does not
        const bool begin_here = std::all_of(chains.begin(), chains.end(), [&](const EntityHead& head) {
            return head.first >= source_.from() && head.first <= head.last;
        });
        if (chains.empty() || !begin_here || region_.sequences) return false;
        Global first = end_;
        Global last = 0;
        std::uint64_t hops = 0;
        for (const EntityHead& head : chains) {
            first = std::min(first, head.first);
            last = std::max(last, head.last);
            hops += head.last_sequence + 1;
        }
        if (first >= end_ || limit >= hops) return false;
        return (std::max(first, from_) - first) + (last - first) / hops * limit < kStepsOfHop * hops;
    }

    // A record belongs to a chain where the one before it does.
    void follow(const std::vector<EntityHead>& chains, std::size_t limit, std::vector<Global>& into) const {
        std::vector<bool> belongs(end_ - source_.from());
        Global first = end_;
        for (const EntityHead& head : chains) {
            if (head.first < end_) belongs[head.first - source_.from()] = true;
            first = std::min(first, head.first);
        }
        for (Global global = first; global < end_ && limit > 0; ++global) {
            const std::uint32_t record = global - source_.from();
            const std::uint32_t distance = source_.distance(global);
            if (distance > 0) belongs[record] = distance <= record && belongs[record - distance];
            if (!belongs[record] || global < from_ || !passes(record, 0)) continue;
            into.push_back(global);
            --limit;
        }
    }

    void walk(const EntityHead& head, Smallest& found) const {
        std::uint64_t sequence = head.last_sequence;
        for (Global global = head.last; global >= from_; --sequence) {
            const bool is_wanted =
                !region_.sequences || (sequence >= region_.sequences->first && sequence <= region_.sequences->second);
            if (global < end_ && is_wanted && passes(global - source_.from(), 0)) found.add(global);
            const std::uint32_t distance = source_.distance(global);
            if (distance == 0 || distance > global) return;
            global -= distance;
        }
    }

    void lists(std::size_t limit, std::vector<Global>& into) const {
        PostingCursor cursor{filters_.front(), from_ - source_.from()};
        const std::size_t most = into.size() + std::min(limit, into.max_size() - into.size());
        while (into.size() < most) {
            const auto record = cursor.next();
            if (!record || *record >= end_ - source_.from()) return;
            if (passes(*record, 1)) into.push_back(source_.from() + *record);
        }
    }

    void everything(std::size_t limit, std::vector<Global>& into) const {
        const Filter hidden{source_.hidden()};
        PostingCursor cursor{hidden, from_ - source_.from()};
        auto next_hidden = cursor.next();
        for (Global global = from_; global < end_ && limit > 0; ++global) {
            if (next_hidden == global - source_.from()) {
                next_hidden = cursor.next();
            } else {
                into.push_back(global);
                --limit;
            }
        }
    }

    const Source& source_;
    const Region& region_;
    const Global from_;
    const Global end_;
    std::vector<Filter> filters_;
};

}  // namespace station::ledger::detail
