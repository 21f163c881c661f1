// What a ledger was at one moment, in 32 bytes: whoever keeps a head can tell later whether the history before it is
// still the same one, and check a proof with it. It is signed where its maker has a key. Any thread.
//
//   {"ledger":"ledger","origin":"<id of record 0>"|null,"size":n,"root":"<hex>","key":"<hex>","signature":"<hex>"}
#pragma once

#include <cstdint>
#include <optional>
#include <station/ledger/error.hpp>
#include <station/ledger/proof/signature.hpp>
#include <station/ledger/wire/hash.hpp>
#include <station/log/event_id.hpp>
#include <string>
#include <string_view>

namespace station::ledger {

struct Head {
    std::string ledger;                  // the topic's name
    std::optional<log::EventId> origin;  // record 0's id: none where there is no record
    std::uint64_t size = 0;              // records
    Hash root;                           // of their tree
    std::optional<Signature> signature = {};

    // "station head v1\n", and the four fields, a line each; the line of no origin is empty.
    std::string signed_text() const;
    void sign(const SigningKey& key) { signature = key.sign(signed_text()); }

    std::string to_json() const;  // one line, without its end
    // Exactly these fields, each once, hex and ids in lower case: Errc::bad_proof, with what is wrong. The signature is
    // not checked here.
    static Result<Head> from_json(std::string_view text);

    friend bool operator==(const Head&, const Head&) = default;
};

// Errc::bad_proof where it is signed by somebody else than it says, or, with `trusted`, not by that one.
Result<void> check_signature(const Head& head, const std::optional<PublicKey>& trusted = {});

// Errc::bad_proof unless both speak of the same records: signatures may differ.
Result<void> check_same(const Head& of_proof, const Head& head);

}  // namespace station::ledger
