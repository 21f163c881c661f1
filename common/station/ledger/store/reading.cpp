#include <algorithm>
#include <station/ledger/store/detail/event_reader.hpp>
#include <station/ledger/store/store.hpp>

namespace station::ledger {

Result<StoredEvent> EventList::read(std::size_t i) const { return core_->read(globals_[i]); }

Result<void> EventList::visit(const std::function<void(const StoredEvent&)>& f) const {
    detail::EventReader reader{*core_, globals_};
    for (std::size_t i = 0; i < globals_.size(); ++i) {
        const auto event = reader.read(i);
        if (!event) return tl::unexpected(event.error());
        f(*event);
    }
    return {};
}

Result<StoredEvent> Store::get(const EventId& id) const {
    return core_->get(id);
}

Result<std::optional<StoredEvent>> Store::find_key(const EventId& key) const {
    const auto end = core_->end();
    if (!end) return tl::unexpected(end.error());
    for (const Global candidate : core_->index().find_key(key)) {
        if (candidate >= *end) continue;
        auto event = core_->read(candidate);
        if (!event) return tl::unexpected(std::move(event.error()));
        if ((*event)->idempotency_key == key) return std::optional{std::move(*event)};
    }
    if (auto error = core_->damage()) return tl::unexpected(std::move(*error));
    return std::optional<StoredEvent>{};
}

Result<EventList> Store::query(const Region& region, std::size_t limit) const {
    auto found = core_->select(region, 0, limit);
    if (!found) return tl::unexpected(std::move(found.error()));
    return EventList{core_, std::move(*found)};
}

Result<std::vector<StoredEvent>> Store::walk_ancestors(const EventId& id, std::size_t limit) const {
    std::vector<StoredEvent> walked;
    const auto global = core_->find(id);
    if (!global) return tl::unexpected(global.error());
    std::optional<Global> at = *global;
    while (at && walked.size() < limit) {
        auto event = core_->read(*at);
        if (!event) return tl::unexpected(std::move(event.error()));
        walked.push_back(std::move(*event));
        at = core_->index().previous(*at);
    }
    return walked;
}

namespace {

template <typename Holds>
Result<EventList> scan_for(const std::shared_ptr<Core>& core, Holds&& holds) {
    const auto all = core->select(Region::all(), 0, static_cast<std::size_t>(-1));
    if (!all) return tl::unexpected(all.error());
    std::vector<std::uint32_t> found;
    for (const Global global : *all) {
        const auto event = core->read(global);
        if (!event) return tl::unexpected(event.error());
        if (holds((*event)->header)) found.push_back(global);
    }
    return EventList{core, std::move(found)};
}

}  // namespace

Result<EventList> Store::correlated(const EventId& correlation) const {
    return scan_for(core_, [&](const EventHeader& header) { return header.correlation_id == correlation; });
}

Result<EventList> Store::caused_by(const EventId& cause) const {
    return scan_for(core_, [&](const EventHeader& header) { return header.causation_id == cause; });
}

Result<std::optional<StoredEvent>> Store::last(std::string_view entity) const {
    if (const auto end = core_->end(); !end) return tl::unexpected(end.error());
    if (auto error = core_->damage()) return tl::unexpected(std::move(*error));
    const auto head = core_->index().entity(entity);
    if (!head) return std::optional<StoredEvent>{};
    auto event = core_->read(head->last);
    if (!event) return tl::unexpected(std::move(event.error()));
    return std::optional{std::move(*event)};
}

Result<Payload> Store::payload(const StoredEvent& event) const { return core_->payload(event); }

Result<Head> Store::head() const { return core_->head(); }
Result<Proof> Store::prove(const EventId& id, std::optional<std::uint64_t> size) const {
    return core_->prove(id, size);
}
Result<Extension> Store::prove_extension(std::uint64_t old_size, std::optional<std::uint64_t> size) const {
    return core_->prove_extension(old_size, size);
}

Cursor Store::cursor(const Region& region, std::uint64_t from) const { return Cursor{core_, region, from}; }

Result<Subscription> Store::subscribe(const Region& region, std::size_t capacity) const {
    if (core_->config().read_only) return failed(Errc::read_only, "beside a store that appends, use a cursor");
    return Subscription{core_, region, capacity};
}

std::uint64_t Store::size() const { return core_->index().end(); }

std::string Store::diagnostics() const { return core_->diagnostics(); }
Result<void> Store::snapshot(const log::Path& dir) const { return core_->snapshot(dir); }
Result<void> Store::snapshot_keys(const log::Path& dir) const { return core_->snapshot_keys(dir); }

StoreStats Store::stats() const {
    const log::TopicStats log = core_->topic().stats();
    const Index::Memory index = core_->index().memory();
    return {.records = core_->index().end(),
            .entities = core_->index().entities(),
            .log_bytes = log.disk_bytes,
            .segments = log.segments,
            .index_memory_bytes = index.owned,
            .index_mapped_bytes = index.mapped};
}

}  // namespace station::ledger
