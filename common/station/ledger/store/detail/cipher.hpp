// How an erasable entity's payloads lie in the log: an ext of type 1, nonce (24 bytes) | ciphertext | tag (16):
// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha, libsodium) over the payload's MessagePack, with entity | 0x00 | scope as
// additional data. The event's hashes cover the ciphertext. Any thread.
#pragma once

#include <station/ledger/store/detail/entity_keys.hpp>
#include <string_view>
#include <vector>

namespace station::ledger {

using log::Bytes;

// Before anything of libsodium's is called.
std::error_code use_sodium();

std::vector<std::byte> encrypt(const CipherKey& key, std::string_view entity, std::string_view scope, Bytes payload);

// Of what an ext of type 1 holds. Errc::damaged where the key, the names or the bytes are not those it was made with.
tl::expected<std::vector<std::byte>, std::error_code> decrypt(const CipherKey& key, std::string_view entity,
                                                              std::string_view scope, Bytes sealed);

}  // namespace station::ledger
