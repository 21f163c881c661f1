// Proofs that stand on their own: with a head that was kept, they are checked without log and server. Any thread.
//
//   Proof       an event lies in the ledger   the head's fields, "index", "event_id", "prev_hash", "entity", "scope",
//                                             "header", "tail", "payload", "path"
//   Extension   the history goes on from m    the head's fields, "old_size", "path"
//
// Hashes and path are in hex, from the leaf upwards; header, tail and payload in base64; the payload may be null, and
// then all but the content is proved. Texts are read as those of heads are: Errc::bad_proof, with what is wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <station/ledger/error.hpp>
#include <station/ledger/proof/head.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace station::ledger {

struct Proof {
    Head head;
    std::uint64_t index = 0;  // global sequence
    log::EventId event_id;
    Hash prev_hash;
    std::string entity;
    std::string scope;
    std::vector<std::byte> header;  // as it is hashed: event.hpp
    std::vector<std::byte> tail;
    std::optional<std::vector<std::byte>> payload;  // as it lies in the log
    std::vector<Hash> path;

    std::string to_json() const;
    static Result<Proof> from_json(std::string_view text);
};

struct Extension {
    Head head;
    std::uint64_t old_size = 0;
    std::vector<Hash> path;

    std::string to_json() const;
    static Result<Extension> from_json(std::string_view text);
};

// The event is record `index` of the ledger that `head` is of, and it has no other id, time, content, …: everything is
// computed again from the fields. Signatures that are there are checked: who wants a certain signer asks
// check_signature() about `head`. Errc::bad_proof, with what is wrong.
Result<void> check_inclusion(const Proof& proof, const Head& head);

// The ledger of `old_head` has become the one of `head` by appending alone.
Result<void> check_extension(const Extension& extension, const Head& old_head, const Head& head);

}  // namespace station::ledger
