// How people, rooms, messages and secrets are named. Any thread.
#pragma once

#include <station/ledger/event/event.hpp>
#include <station/ledger/wire/hash.hpp>
#include <string>
#include <string_view>

namespace station::chat {

// A UUID. A message's id is that of the event that said it; those of people and rooms are random.
using Id = ledger::EventId;
// What is kept of a secret that is itself random: its BLAKE3.
using Digest = ledger::Hash;

struct IdHash {
    std::size_t operator()(const Id& id) const {
        return std::hash<std::string_view>{}({reinterpret_cast<const char*>(id.bytes().data()), Id::kSize});
    }
};
struct DigestHash {
    std::size_t operator()(const Digest& digest) const {
        return std::hash<std::string_view>{}({reinterpret_cast<const char*>(digest.bytes.data()), Digest::kSize});
    }
};

// From the system's random source. An id is a UUID of version 4 (RFC 9562, 5.4); a secret has 62 possible characters a
// place.
Id random_id();
std::string random_secret(std::size_t characters);
Digest digest_of(std::string_view secret);

// The idempotency key of a message: the same client_message_id in the same room is the same message.
Id message_key(const Id& room, std::string_view client_message_id);

}  // namespace station::chat
