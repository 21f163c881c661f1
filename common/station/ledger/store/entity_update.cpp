#include <station/ledger/store/entity_update.hpp>

namespace station::ledger::detail {
namespace {

// What was under way may have been refused, and then never comes.
constexpr std::chrono::milliseconds kLongestWait{100};

}  // namespace

Result<Expect> StoredEntity::read() {
    wait_for_what_came_first();
    seen_ = store_.size();
    // The last event first: what comes before the fold has ended is in it, and the append will be refused.
    const auto last = store_.last(coordinate_.entity());
    if (!last) return tl::unexpected(last.error());
    if (auto folded = fold(); !folded) return tl::unexpected(std::move(folded.error()));
    return *last ? Expect::exactly((**last)->header.position.sequence) : Expect::none();
}

Result<std::optional<Updated>> StoredEntity::find(const EventId& key) {
    const auto event = store_.find_key(key);
    if (!event) return tl::unexpected(event.error());
    if (!*event) return std::nullopt;
    const EventView& view = ***event;
    if (view.entity != coordinate_.entity() || view.scope != coordinate_.scope()) {
        return failed(Errc::key_reused, "entity " + coordinate_.entity());
    }
    return Updated{view.header.event_id, view.header.position.sequence, view.event_hash};
}

Result<Updated> StoredEntity::append(const AppendOptions& options) {
    auto appended = append_decided(options);
    failed_ = appended ? std::nullopt : std::optional{appended.error()};
    return appended;
}

void StoredEntity::wait_for_what_came_first() {
    if (!failed_) return;
    Region region = Region::all();  // whose the key is, is not known
    if (failed_->mismatch) {
        if (!failed_->mismatch->actual) return;
        const std::uint64_t actual = *failed_->mismatch->actual;
        region = Region::of_entity(coordinate_.entity()).with_sequences(actual, actual);
    }
    // Whatever it says: what is there now is read next.
    static_cast<void>(store_.cursor(region, seen_).next(kLongestWait));
}

}  // namespace station::ledger::detail
