// Read, decide, append: one step in an entity's life, by compare-and-swap. What was read still holds when the event
// goes in, or all of it begins anew; nobody is locked out meanwhile, and whoever dies leaves nothing behind.
//
//   auto done = update<Balance>(store, account, {.key = order_id}, decide);      // store/entity_update.hpp
//
// The loop is here, over what it needs of an entity; entity_update.hpp has that of a store and of one behind gates. Any
// thread may update any entity, each with an Updatable of its own. The loop is that of optimistic concurrency (Kung and
// Robinson, 1981), the key that of Helland's "Idempotence Is Not a Medical Condition" (2012).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <station/ledger/guard/denial.hpp>
#include <station/ledger/store/append.hpp>
#include <tl/expected.hpp>

namespace station::ledger {

// The event that says it: appended now, or by an earlier try.
struct Updated {
    EventId event_id;
    std::uint64_t sequence = 0;  // within the entity
    Hash event_hash;
};

struct UpdateOptions {
    // Of the order: whoever gives it again gives the same key, and gets the first one's answer.
    EventId key;
    // Each that fails was another one's success. At least one is made.
    std::size_t tries = 1000;
};

// One entity, as update() sees it, for one order. One thread at a time.
class Updatable {
  public:
    virtual ~Updatable() = default;

    // Reads the entity anew, and says what its last event must be for that to hold still. What is under way it does not
    // see yet.
    virtual Result<Expect> read() = 0;
    // The event that has this key, as far as it can be read now; Errc::key_reused where that is another entity's.
    virtual Result<std::optional<Updated>> find(const EventId& key) = 0;
    // What is to happen, decided about what was read last; or why nothing is. It may be asked again and again.
    virtual std::optional<Denial> decide() = 0;
    // Appends what was decided last, as Store::append() does: Errc::sequence_mismatch where `expect` does not hold,
    // Errc::key_reused where the key is another entity's, which may be under way and may still be refused. A key that
    // is this entity's gets its event. After any other error the event may be there or not.
    virtual Result<Updated> append(const AppendOptions& options) = 0;
};

// A denial: it must not happen as things are now, and nothing was appended. An error of the store's is passed on; where
// all tries have failed, it is the last one's.
Result<tl::expected<Updated, Denial>> update(Updatable& entity, const UpdateOptions& options);

}  // namespace station::ledger
