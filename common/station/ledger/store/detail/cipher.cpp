#include <sodium.h>

#include <station/ledger/store/detail/cipher.hpp>
#include <station/ledger/wire/message_pack.hpp>
#include <string>

namespace station::ledger {
namespace {

constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(kNonce == 24 && kTag == 16 && crypto_aead_xchacha20poly1305_ietf_KEYBYTES == sizeof(CipherKey));

std::string additional_data(std::string_view entity, std::string_view scope) {
    std::string data{entity};
    data.push_back('\0');
    data += scope;
    return data;
}

const unsigned char* octets(const void* bytes) { return static_cast<const unsigned char*>(bytes); }
unsigned char* octets(void* bytes) { return static_cast<unsigned char*>(bytes); }

}  // namespace

std::error_code use_sodium() {
    // 1: somebody has done it already.
    return sodium_init() >= 0 ? std::error_code{} : std::make_error_code(std::errc::function_not_supported);
}

std::vector<std::byte> encrypt(const CipherKey& key, std::string_view entity, std::string_view scope, Bytes payload) {
    std::vector<std::byte> sealed(kNonce + payload.size() + kTag);
    randombytes_buf(sealed.data(), kNonce);
    const std::string data = additional_data(entity, scope);
    crypto_aead_xchacha20poly1305_ietf_encrypt(octets(sealed.data() + kNonce), nullptr, octets(payload.data()),
                                               payload.size(), octets(data.data()), data.size(), nullptr,
                                               octets(sealed.data()), octets(key.data()));
    std::vector<std::byte> value;
    PackWriter{value}.extension(kErasableExtension, sealed);
    return value;
}

tl::expected<std::vector<std::byte>, std::error_code> decrypt(const CipherKey& key, std::string_view entity,
                                                              std::string_view scope, Bytes sealed) {
    if (sealed.size() < kNonce + kTag) return tl::unexpected(make_error_code(Errc::damaged));
    std::vector<std::byte> payload(sealed.size() - kNonce - kTag);
    const std::string data = additional_data(entity, scope);
    const Bytes ciphertext = sealed.subspan(kNonce);
    const int result =
        crypto_aead_xchacha20poly1305_ietf_decrypt(octets(payload.data()), nullptr, nullptr, octets(ciphertext.data()),
                                                   ciphertext.size(), octets(data.data()), data.size(),
                                                   octets(sealed.data()), octets(key.data()));
    if (result != 0) return tl::unexpected(make_error_code(Errc::damaged));
    return payload;
}

}  // namespace station::ledger
