// Whether events are what they must be after those before them: hashes, chains, positions, batches, keys. It takes the
// records of a ledger in order and keeps the end of each entity's chain, and every idempotency key. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <station/ledger/event/event.hpp>
#include <station/ledger/store/detail/key_table.hpp>
#include <station/log/record.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace station::ledger {

class ChainCheck {
  public:
    // `event` is what `record` holds. nullptr, or what is wrong with it: nothing may follow then.
    const char* take(const log::Record& record, const EventView& event);
    // No record follows.
    void end();

    // A batch has begun, and its end was not seen.
    bool in_batch() const { return batch_.has_value(); }
    std::uint64_t hidden() const { return hidden_; }      // records of batches without an end
    std::uint64_t entities() const { return entities_; }  // with an event that is not hidden

  private:
    struct State {
        Hash last;               // zeros: no event
        std::uint64_t next = 0;  // sequence
    };
    struct NameHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
    };

    const char* position(const log::Record& record, const EventHeader& header) const;
    const char* batch(const log::Record& record, const EventView& event);
    const char* chain(const EventView& event);
    const char* key(const EventId& key);

    std::unordered_map<std::string, State, NameHash, std::equal_to<>> states_;
    std::optional<BatchMark> batch_;                // that has begun
    std::uint64_t batch_seen_ = 0;                  // records of it
    std::vector<std::pair<State*, State>> before_;  // what its entities were before it
    std::vector<EventId> keys_;                     // of events that are not hidden, in their order
    std::size_t keys_before_ = 0;                   // so many of them before the batch
    detail::KeyTable key_places_;                   // in keys_; what lies behind its end was a hidden batch's
    std::optional<Position> last_;                  // of the record before
    std::uint64_t hidden_ = 0;
    std::uint64_t entities_ = 0;
};

}  // namespace station::ledger
