// Exercise "chain": a history that somebody may have edited. Where a batch begins and ends is given. Each entity's
// events are counted, and all else that an event says is believed.
#include <station/ledger/store/detail/chain_check.hpp>

namespace station::ledger {

const char* ChainCheck::take(const log::Record& record, const EventView& event) {
    if (!record.headers.empty()) return "its record has headers";
    // ---- your part: is what it says what was hashed? ----
    // ---- end of your part ----
    if (const char* const wrong = position(record, event.header)) return wrong;
    if (const char* const wrong = batch(record, event)) return wrong;
    if (const char* const wrong = chain(event)) return wrong;
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

// A batch that has begun gets no end: it counts for nothing, and chains go on from before it.
void ChainCheck::end() {
    if (!batch_) return;
    for (auto change = before_.rbegin(); change != before_.rend(); ++change) {
        if (change->second.next == 0) --entities_;
        *change->first = change->second;
    }
    hidden_ += batch_seen_;
    before_.clear();
    batch_.reset();
}

}  // namespace station::ledger
