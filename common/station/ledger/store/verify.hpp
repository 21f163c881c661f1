// Reads a whole ledger and says whether it is what was appended: every content hash, event hash, chain and position is
// made again, no idempotency key may come twice, and the log's own checksums are looked at on the way. Nothing is
// believed but the log, nothing is changed, and no store need be open: it also works beside a process that appends.
//
// A history that was written anew as a whole, or cut at its end, looks right in itself: only a head that was kept
// elsewhere tells (../proof/head.hpp).
//
// One thread; what is kept in memory is the end of each entity's chain, and 32 to 64 bytes for each idempotency key.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <station/ledger/error.hpp>
#include <station/ledger/proof/head.hpp>
#include <station/log/file.hpp>
#include <string>

namespace station::ledger {

// The first thing that is wrong. Of an event that can't be read its names are not known.
struct Wrong {
    std::optional<std::uint64_t> global_sequence = {};
    std::string entity = {};
    std::optional<std::uint64_t> sequence = {};
    std::string what;

    std::string message() const;
};

struct Verdict {
    std::uint64_t records = 0;        // looked at, the wrong one included
    std::uint64_t hidden = 0;         // of batches that have no end: no reader sees them
    std::uint64_t entities = 0;       // that have an event which is not hidden
    std::uint64_t bytes = 0;          // of the log
    std::optional<Wrong> wrong = {};  // nullopt: sound
};

struct VerifyConfig {
    log::Path dir;                                     // of the bus
    std::string ledger = "ledger";                     // the topic's name
    std::optional<Head> head = {};                     // the log must begin with what it was made of
    std::function<void(const Hash&)> event_hash = {};  // gets each record's, in order, up to a wrong one
    std::function<void(std::uint64_t)> progress = {};  // gets the bytes read so far, now and then
    log::Disk* disk = nullptr;                         // nullptr: the operating system's
};

// An error: it could not be looked at. What is wrong with the ledger is in the verdict.
Result<Verdict> verify(const VerifyConfig& config);

}  // namespace station::ledger
