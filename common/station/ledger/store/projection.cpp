#include <algorithm>
#include <station/ledger/store/detail/changes.hpp>
#include <station/ledger/store/detail/event_reader.hpp>
#include <station/ledger/store/projection.hpp>
#include <station/ledger/store/sqlite_cache.hpp>
#include <station/ledger/wire/message_pack.hpp>

namespace station::ledger::detail {
namespace {

constexpr std::size_t kAllOfThem = static_cast<std::size_t>(-1);

// The last event folded.
struct FoldMark {
    std::uint64_t global_sequence = 0;
    Hash event_hash;
    friend bool operator==(const FoldMark&, const FoldMark&) = default;
};

// How far a fold has come.
struct Progress {
    std::optional<FoldMark> mark;   // nullopt: it has not begun
    bool keys_are_missing = false;  // they may be there another time, with another result
};

Region of_entity_and_kind(std::string_view entity, EventKind kind) { return Region::of_entity(entity).with_kind(kind); }

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

// What Core::payload() says. `erased_before`: that of what lies before it and could be erased nothing is left is known
// without walking the chain for each event.
Result<Payload> payload_of(Core& core, const StoredEvent& event, Global erased_before) {
    if (event.global_sequence() < erased_before && erasable_extension(event->payload)) {
        return Payload{Payload::State::erased};
    }
    return core.payload(event);
}

// 0 where it never was.
Global last_erased(const Core& core, std::string_view entity, Global end) {
    const auto erased = core.index().select(of_entity_and_kind(entity, kinds::erased), 0, end, kAllOfThem);
    return erased.empty() ? 0 : erased.back();
}

Result<void> fold_until(Core& core, std::string_view entity, Fold& fold, Global end, Progress& progress) {
    const auto& mark = progress.mark;
    const Global from = mark ? static_cast<Global>(mark->global_sequence + 1) : 0;
    const Global erased_before = mark ? 0 : last_erased(core, entity, end);
    const std::vector<Global> found = select_kinds(core, entity, fold.kinds(), from, end);
    EventReader reader{core, found};
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto event = reader.read(i);
        if (!event) return tl::unexpected(event.error());
        const auto payload = payload_of(core, *event, erased_before);
        if (!payload) return tl::unexpected(payload.error());
        if (payload->state() == Payload::State::no_key) progress.keys_are_missing = true;
        if (auto applied = fold.apply(*event, *payload); !applied) return applied;
        progress.mark = FoldMark{event->global_sequence(), (*event)->event_hash};
    }
    return {};
}

// Brings the fold up to date: true where it changed. After an error the fold is of no use any more.
Result<bool> catch_up(Core& core, std::string_view entity, Fold& fold, Progress& progress) {
    const std::optional<FoldMark> before = progress.mark;
    bool anew = !before;
    auto end = whole_end(core);
    if (!end) return tl::unexpected(std::move(end.error()));
    if (before && is_erased(core, entity, static_cast<Global>(before->global_sequence + 1), *end)) anew = true;
    for (;;) {
        if (anew) {
            progress = {};
            fold.begin();
        }
        if (auto folded = fold_until(core, entity, fold, *end, progress); !folded) {
            return tl::unexpected(std::move(folded.error()));
        }
        // What was read while the entity was being erased may be half there.
        const Global began = *end;
        end = whole_end(core);
        if (!end) return tl::unexpected(std::move(end.error()));
        if (!is_erased(core, entity, began, *end)) return anew || progress.mark != before;
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
    Progress progress;
    std::int64_t now = 0;
    if (cache != nullptr) {
        now = now_of(core);
        const auto cached = cache->get(key);
        if (cached && is_in_log(core, entity, *cached) && fold.from_bytes(cached->state)) {
            if (is_fresh_enough(*cached, freshness, now)) return true;
            progress.mark = FoldMark{cached->global_sequence, cached->event_hash};
        }
    }
    const auto changed = catch_up(core, entity, fold, progress);
    if (!changed) return tl::unexpected(changed.error());
    const std::optional<FoldMark>& mark = progress.mark;
    // A store that only reads hears of an erasure too late to be sure that it writes before it.
    const bool may_keep = cache != nullptr && !core.config().read_only && !progress.keys_are_missing;
    if (may_keep && mark && *changed) {
        const auto next = static_cast<Global>(mark->global_sequence + 1);
        cache->put(key, {mark->global_sequence, mark->event_hash, now, fold.to_bytes()},
                   [&] { return !is_erased(core, entity, next, core.index().end()); });
    }
    return mark.has_value();
}

std::optional<Error> destroy_with_entities(Core& core) {
    const StoreConfig& config = core.config();
    std::shared_ptr<ProjectionCache> cache = config.cache;
    if (cache == nullptr && !config.dir.empty() && config.disk == nullptr) {
        const log::Path file = SqliteCache::default_file(config);
        std::error_code unknown;
        if (std::filesystem::exists(file, unknown) || unknown) cache = std::make_shared<SqliteCache>(file);
    }
    if (cache == nullptr) return std::nullopt;
    return core.on_forget([cache](std::string_view entity) { return cache->forget(entity); });
}

struct Watch::Impl {
    Impl(std::shared_ptr<Core> core, std::string_view entity) : changes(std::move(core), Region::of_entity(entity)) {}

    Changes changes;
    Progress progress;
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
        const auto changed = catch_up(changes.core(), *changes.region().entity, fold, impl_->progress);
        if (!changed) {
            impl_->progress = {};
            return tl::unexpected(changed.error());
        }
        if (*changed && impl_->progress.mark) return {};
        if (const auto error = changes.wait(seen, deadline)) return failed(error);
    }
}

void Watch::cancel() { impl_->changes.cancel(); }

}  // namespace station::ledger::detail
