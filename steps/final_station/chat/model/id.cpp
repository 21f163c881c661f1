#include "id.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <station/log/bytes.hpp>

namespace station::chat {

Id random_id() {
    std::array<std::byte, Id::kSize> bytes;
    randombytes_buf(bytes.data(), bytes.size());
    bytes[6] = (bytes[6] & std::byte{0x0F}) | std::byte{0x40};
    bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80};
    return Id{bytes};
}

std::string random_secret(std::size_t characters) {
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::string secret(characters, '\0');
    for (char& c : secret) c = kAlphabet[randombytes_uniform(static_cast<std::uint32_t>(kAlphabet.size()))];
    return secret;
}

Digest digest_of(std::string_view secret) { return ledger::blake3(log::as_bytes(secret)); }

Id message_key(const Id& room, std::string_view client_message_id) {
    constexpr std::byte kBetween{0};
    const Digest digest =
        ledger::Hasher{}.update(room.bytes()).update({&kBetween, 1}).update(log::as_bytes(client_message_id)).finish();
    std::array<std::byte, Id::kSize> key;
    std::copy_n(digest.bytes.begin(), key.size(), key.begin());
    return Id{key};
}

}  // namespace station::chat
