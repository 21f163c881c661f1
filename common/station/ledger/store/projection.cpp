#include <algorithm>
#include <station/ledger/store/detail/changes.hpp>
#include <station/ledger/store/detail/event_reader.hpp>
#include <station/ledger/store/projection.hpp>
#include <station/ledger/store/projection_cache.hpp>

namespace station::ledger::detail {
namespace {

constexpr std::size_t kAllOfThem = static_cast<std::size_t>(-1);

// How far a fold has come: behind this event.
struct FoldMark {
    std::uint64_t global_sequence = 0;
    Hash event_hash;
    friend bool operator==(const FoldMark&, const FoldMark&) = default;
};

Region of_entity_and_kind(std::string_view entity, EventKind kind) {
    return Region::of_entity(entity).with_kind(kind);
}

// Whether the entity has been erased by an event in [from, end).
bool is_erased(const Core& core, std::string_view entity, Global from, Global end) {
    const auto head = core.index().entity(entity);
    if (!head || head->last < from) return false;
    return !core.index().select(of_entity_and_kind(entity, kinds::erased), from, end, 1).empty();
}

std::vector<Global> select_kinds(const Core& core, std::string_view entity, std::span<const EventKind> kinds,
                                 Global from, Global end) {
    std::vector<Global> found;
    for (const EventKind kind : kinds) {
        const auto of_kind = core.index().select(of_entity_and_kind(entity, kind), from, end, kAllOfThem);
        const auto before = static_cast<std::ptrdiff_t>(found.size());
        found.insert(found.end(), of_kind.begin(), of_kind.end());
        std::inplace_merge(found.begin(), found.begin() + before, found.end());
    }
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

// Where all that may be read now ends.
Result<Global> whole_end(Core& core) {
    const auto end = core.end();
    if (!end) return end;
    if (auto error = core.damage()) return tl::unexpected(std::move(*error));
    return end;
}

Result<void> fold_between(const Core& core, std::string_view entity, Fold& fold, Global end,
                          std::optional<FoldMark>& mark) {
    const Global from = mark ? static_cast<Global>(mark->global_sequence + 1) : 0;
    const std::vector<Global> found = select_kinds(core, entity, fold.kinds(), from, end);
    EventReader reader{core, found};
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto event = reader.read(i);
        if (!event) return tl::unexpected(event.error());
        if (auto applied = fold.apply(*event); !applied) return applied;
        mark = FoldMark{event->global_sequence(), (*event)->event_hash};
    }
    return {};
}

// Brings the fold up to date. `mark`: how far it has come; nullopt: it has not begun. True where it changed. After an
// error the fold is of no use any more.
Result<bool> catch_up(Core& core, std::string_view entity, Fold& fold, std::optional<FoldMark>& mark) {
    const std::optional<FoldMark> before = mark;
    bool anew = !mark;
    auto end = whole_end(core);
    if (!end) return tl::unexpected(std::move(end.error()));
    if (mark && is_erased(core, entity, static_cast<Global>(mark->global_sequence + 1), *end)) anew = true;
    for (;;) {
        if (anew) {
            mark.reset();
            fold.begin();
        }
        if (auto folded = fold_between(core, entity, fold, *end, mark); !folded) {
            return tl::unexpected(std::move(folded.error()));
        }
        // What was read while the entity was being erased may be half there.
        const Global began = *end;
        end = whole_end(core);
        if (!end) return tl::unexpected(std::move(end.error()));
        if (!is_erased(core, entity, began, *end)) return anew || mark != before;
        anew = true;
    }
}

std::int64_t now_of(const Core& core) {
    if (core.config().clock) return core.config().clock();
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

// Whether the log says so, too: the entity's chain up to that event is in its hash.
bool is_in_log(Core& core, std::string_view entity, const CachedFold& cached) {
    const auto end = core.end();
    if (!end || cached.global_sequence >= *end) return false;
    const auto global = static_cast<Global>(cached.global_sequence);
    if (core.index().hidden(global)) return false;
    const auto event = core.read(global);
    return event && (*event)->entity == entity && (*event)->event_hash == cached.event_hash &&
           !is_erased(core, entity, global + 1, *end);
}

bool is_fresh_enough(const CachedFold& cached, const Freshness& freshness, std::int64_t now) {
    // A clock that was set back says nothing about age.
    return freshness.max_stale && cached.made_at <= now && now - cached.made_at <= freshness.max_stale->count();
}

}  // namespace

Result<bool> project(Core& core, std::string_view entity, Freshness freshness, Fold& fold) {
    ProjectionCache* const cache = fold.can_be_cached() ? core.config().cache.get() : nullptr;
    const CacheKey key{entity, fold.name(), fold.schema_version()};
    std::optional<FoldMark> mark;
    std::int64_t now = 0;
    if (cache != nullptr) {
        now = now_of(core);
        const auto cached = cache->get(key);
        if (cached && is_in_log(core, entity, *cached) && fold.from_bytes(cached->state)) {
            if (is_fresh_enough(*cached, freshness, now)) return true;
            mark = FoldMark{cached->global_sequence, cached->event_hash};
        }
    }
    const auto changed = catch_up(core, entity, fold, mark);
    if (!changed) return tl::unexpected(changed.error());
    // A store that only reads hears of an erasure too late to be sure that it writes before it.
    if (cache != nullptr && mark && *changed && !core.config().read_only) {
        const auto next = static_cast<Global>(mark->global_sequence + 1);
        cache->put(key, {mark->global_sequence, mark->event_hash, now, fold.to_bytes()},
                   [&] { return !is_erased(core, entity, next, core.index().end()); });
    }
    return mark.has_value();
}

struct Watch::Impl {
    Impl(std::shared_ptr<Core> core, std::string_view entity) : changes(std::move(core), Region::of_entity(entity)) {}

    Changes changes;
    std::optional<FoldMark> mark;
};

Watch::Watch(std::shared_ptr<Core> core, std::string_view entity)
    : impl_(std::make_unique<Impl>(std::move(core), entity)) {}
Watch::Watch(Watch&&) noexcept = default;
Watch& Watch::operator=(Watch&&) noexcept = default;
Watch::~Watch() = default;

Result<void> Watch::next(Fold& fold, std::optional<std::chrono::nanoseconds> timeout) {
    const Deadline deadline = deadline_after(timeout);
    Changes& changes = impl_->changes;
    for (;;) {
        const std::uint64_t seen = changes.mark();
        const auto changed = catch_up(changes.core(), *changes.region().entity, fold, impl_->mark);
        if (!changed) {
            impl_->mark.reset();
            return tl::unexpected(changed.error());
        }
        if (*changed && impl_->mark) return {};
        if (const auto error = changes.wait(seen, deadline)) return failed(error);
    }
}

void Watch::cancel() { impl_->changes.cancel(); }

}  // namespace station::ledger::detail
