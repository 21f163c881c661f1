#include <station/ledger/store/detail/chain_check.hpp>
#include <station/ledger/store/detail/index_format.hpp>

namespace station::ledger {

const char* ChainCheck::take(const log::Record& record, const EventView& event) {
    if (!record.headers.empty()) return "its record has headers";
    if (blake3(event.payload) != event.header.content_hash) return "its content hash is not the one of its payload";
    if (hash_of(event) != event.event_hash) return "its event hash is not the one of what it says";
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
    const Position& at = header.position;
    if (header.event_id != record.id) return "its id is not the one of its record";
    if (header.timestamp_us != record.time / 1000) return "its time is not the one of its record";
    if (header.timestamp_us < 0 || at.wall_ms != static_cast<std::uint64_t>(header.timestamp_us) / 1000) {
        return "its wall_ms is not its time";
    }
    const bool same_moment = last_ && last_->wall_ms == at.wall_ms;
    if (at.counter != (same_moment ? last_->counter + 1 : 0)) return "its counter is not the next one of its moment";
    if (at.depth != 0 || at.lane != 0) return "its depth or lane is not 0";
    return nullptr;
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
    auto found = states_.find(event.entity);
    if (found == states_.end()) found = states_.emplace(event.entity, State{}).first;
    State& state = found->second;
    if (event.header.position.sequence != state.next) return "its sequence is not the entity's next one";
    if (event.prev_hash != state.last) return "it does not go on from the entity's event before it";
    if (batch_) before_.emplace_back(&state, state);
    if (state.next == 0) ++entities_;
    state = {event.event_hash, state.next + 1};
    return nullptr;
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
