// What goes into a ledger and what comes back.
#pragma once

#include <cstdint>
#include <optional>
#include <station/ledger/coordinate/coordinate.hpp>
#include <station/ledger/coordinate/kind.hpp>
#include <station/ledger/event/event.hpp>
#include <station/ledger/proof/signature.hpp>
#include <station/log/config.hpp>
#include <string>
#include <vector>

namespace station::ledger {

// What the entity's last event must be, decided in the order of appends, before anything is written. What is under way
// counts as there.
class Expect {
  public:
    enum class What { any, none, exists, exactly };

    constexpr Expect() = default;
    static constexpr Expect any() { return {}; }
    static constexpr Expect none() { return {What::none, 0}; }      // no event yet
    static constexpr Expect exists() { return {What::exists, 0}; }  // at least one
    static constexpr Expect exactly(std::uint64_t sequence) { return {What::exactly, sequence}; }

    // `last`: the sequence of the entity's last event.
    constexpr bool holds(std::optional<std::uint64_t> last) const {
        switch (what_) {
            case What::any: return true;
            case What::none: return !last;
            case What::exists: return last.has_value();
            case What::exactly: return last == sequence_;
        }
        return false;
    }
    constexpr What what() const { return what_; }
    constexpr std::uint64_t sequence() const { return sequence_; }

  private:
    constexpr Expect(What what, std::uint64_t sequence) : what_(what), sequence_(sequence) {}
    What what_ = What::any;
    std::uint64_t sequence_ = 0;
};

struct AppendOptions {
    Expect expect = {};
    // The same key again gets the first one's receipt, whatever the content, however long ago; looked at before
    // `expect`. With another coordinate: Errc::key_reused.
    std::optional<EventId> idempotency_key = {};
    std::optional<EventId> correlation_id = {};  // nullopt: the event's own id
    std::optional<EventId> causation_id = {};
    std::uint8_t flags = 0;
    bool erasable = false;  // what this entity says can be forgotten: on its first event
    // The global sequence it must get, what is under way counted: for who folds the whole ledger in memory and decides
    // by that. Errc::sequence_mismatch where it would be another, because the log has refused something meanwhile.
    std::optional<std::uint64_t> at = {};
};

// An event on its way in. The payload is one MessagePack value, and must live until the append has returned.
struct NewEvent {
    Coordinate coordinate;
    EventKind kind;
    Bytes payload;
    AppendOptions options = {};
};

struct AppendReceipt {
    EventId event_id;
    std::uint64_t sequence = 0;         // within the entity
    std::uint64_t global_sequence = 0;  // in the ledger: the log's offset
    Position position;
    Hash event_hash;
    log::Durability::Mode durability = log::Durability::Mode::always;  // what the acknowledgement waited for
    bool duplicate = false;                   // its idempotency key was there already: nothing was appended now
    std::optional<Signature> signature = {};  // where the store has a key, and acknowledges what is durable
    std::int64_t time = 0;                    // ns since 1970: the record's

    // For who keeps it: one line, "event_id", "sequence", "global_sequence", "event_hash", "duplicate", and "key" and
    // "signature" where it is signed.
    std::string to_json() const;
};

}  // namespace station::ledger
