// Exercise "chain": a history that somebody may have edited. Where a batch begins and ends is given. Each entity's
// events are counted, and all else that an event says is believed.
#include <station/ledger/store/detail/chain_check.hpp>
#include <station/ledger/store/detail/index_format.hpp>

namespace station::ledger {

const char* ChainCheck::take(const log::Record& record, const EventView& event) {
    if (!record.headers.empty()) return "its record has headers";
    // ---- your part: is what it says what was hashed? ----
    // ---- end of your part ----
    if (const char* const wrong = position(record, event.header)) return wrong;
    if (const char* const wrong = batch(record, event)) return wrong;
    if (const char* const wrong = chain(event)) return wrong;
    if (event.idempotency_key) {
        if (const char* const wrong = key(*event.idempotency_key)) return wrong;
    }
    last_ = event.header.position;
    if (batch_ && batch_seen_ == batch_->count) {
        batch_.reset();
        before_.clear();
    }
    return nullptr;
}

const char* ChainCheck::position(const log::Record& record, const EventHeader& header) const {
    // ---- your part: its id, its time, its place in time ----
    if (header.event_id != record.id) return "its id is not the one of its record";
    return nullptr;
    // ---- end of your part ----
}

// Which batch the event belongs to, and the end of the one before it.
const char* ChainCheck::batch(const log::Record& record, const EventView& event) {
    if (batch_ && event.batch == batch_) {
        ++batch_seen_;
        return nullptr;
    }
    end();
    if (!event.batch) return nullptr;
    if (event.batch->first != record.offset) return "its batch has begun elsewhere";
    batch_ = event.batch;
    batch_seen_ = 1;
    keys_before_ = keys_.size();
    return nullptr;
}

const char* ChainCheck::chain(const EventView& event) {
    // ---- your part: does it go on where its entity stood? ----
    State& state = states_[std::string{event.entity}];
    if (event.header.position.sequence != state.next) return "its sequence is not the entity's next one";
    if (state.next == 0) ++entities_;
    ++state.next;
    return nullptr;
    // ---- end of your part ----
}

const char* ChainCheck::key(const EventId& key) {
    const std::uint64_t hash = detail::hash_of_key(key);
    bool used = false;
    key_places_.each_of(hash, [&](std::uint32_t place) { used |= place < keys_.size() && keys_[place] == key; });
    if (used) return "its idempotency key is one of an event before it";
    key_places_.add(hash, static_cast<std::uint32_t>(keys_.size()));
    keys_.push_back(key);
    return nullptr;
}

// A batch that has begun gets no end: it counts for nothing, and chains go on from before it.
void ChainCheck::end() {
    if (!batch_) return;
    for (auto change = before_.rbegin(); change != before_.rend(); ++change) {
        if (change->second.next == 0) --entities_;
        *change->first = change->second;
    }
    keys_.resize(keys_before_);
    hidden_ += batch_seen_;
    before_.clear();
    batch_.reset();
}

}  // namespace station::ledger
