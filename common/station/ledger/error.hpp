// What can go wrong with a ledger. Functions return Result<T>: a value, or an Error whose code says what kind it is and
// whose words say what to do. What the log below refused keeps the log's code (station/log/error.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <station/log/error.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>
#include <utility>

namespace station::ledger {

enum class Errc {
    bad_config = 1,
    bad_coordinate,     // entity or scope: empty, longer than 255 bytes, not UTF-8, or with control characters
    bad_kind,           // a category above 15, or a type above 4095
    reserved_kind,      // category 0x0 or 0xD, which a product can't append
    bad_payload,        // not one MessagePack value, deeper than 64 levels, or an outermost ext of type 1
    not_an_event,       // a record that is no ledger event
    not_found,          // no event with this id, no entity with this name
    sequence_mismatch,  // Error::mismatch says both
    key_reused,         // the idempotency key was used with another coordinate, or in another batch
    bad_batch,          // empty, or a key twice in it
    damaged,            // the log or its proofs contradict each other here
    not_erasable,       // its first event did not ask for it, or there is none
    no_key,             // erasable, and its key is not here: a snapshot without keys
    read_only,
    closed,
    full,               // 2^32 - 1 events: what a global sequence can be
    bad_key_file,       // no key of Ed25519 in the form that `station ledger keygen` writes
    bad_proof,          // what does not prove what it says
    snapshot_exists,    // where a snapshot was to go
    projection_failed,  // T could not be made from its events
    receipt_spent,      // a gate's receipt was committed, or moved from, before
    foreign_receipt,    // the gates that it passed are not those of this pipeline
};

const std::error_category& ledger_category();
std::error_code make_error_code(Errc code);

// Of two that expected the same last event of an entity, one gets this. Sequences are 0, 1, 2, …; nullopt: no event.
struct SequenceMismatch {
    std::optional<std::uint64_t> expected;  // nullopt too where any would have done
    std::optional<std::uint64_t> actual;    // may name an event that is not durable yet
    bool expected_any = false;              // Expect::exists(): whichever it is, and there is none
};

struct Error {
    std::error_code code;
    std::string where = {};  // the thing it happened to: "entity account:7", "data/topics/ledger/log-00000001.seg"
    std::optional<SequenceMismatch> mismatch = {};

    std::string message() const;
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failed(std::error_code code, std::string where = {}) {
    return tl::unexpected(Error{code, std::move(where), std::nullopt});
}

}  // namespace station::ledger

template <>
struct std::is_error_code_enum<station::ledger::Errc> : std::true_type {};
