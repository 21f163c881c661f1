// Who says so: Ed25519 (RFC 8032, libsodium) over a text that begins with what it is, so that no signature of one thing
// is one of another.
//
//   a head      station head v1\n LEDGER \n ORIGIN \n SIZE \n ROOT \n               (head.hpp)
//   a receipt   station receipt v1\n EVENT_ID \n GLOBAL_SEQUENCE \n EVENT_HASH \n
//
// Keys and signatures are written in hex. Any thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <station/ledger/error.hpp>
#include <station/ledger/wire/hash.hpp>
#include <station/log/event_id.hpp>
#include <string>
#include <string_view>

namespace station::ledger {

struct PublicKey {
    static constexpr std::size_t kSize = 32;
    std::array<std::byte, kSize> bytes{};

    static std::optional<PublicKey> from_hex(std::string_view text);
    std::string to_hex() const { return ledger::to_hex(bytes); }
    friend auto operator<=>(const PublicKey&, const PublicKey&) = default;
};

struct Signature {
    static constexpr std::size_t kSize = 64;
    PublicKey key;
    std::array<std::byte, kSize> bytes{};

    // Whether the key's owner signed this text. Never with a key of small order, or in a second form of the same
    // number.
    bool holds_for(std::string_view text) const;
    friend bool operator==(const Signature&, const Signature&) = default;
};

// The secret half. Its file is one line, made for its owner's eyes only:
//
//   station ledger key v1 SEED PUBLIC      each 64 digits in hex: a mistyped seed does not fit its public half
class SigningKey {
  public:
    // Makes a key and its file (mode 0600), durably. Never in the place of what is there: errc::file_exists.
    static Result<SigningKey> generate(const std::filesystem::path& file);
    // Errc::bad_key_file for what generate() did not write; otherwise what the system said, with the path.
    static Result<SigningKey> load(const std::filesystem::path& file);

    PublicKey public_key() const;
    Signature sign(std::string_view text) const;

  private:
    struct Secret;  // in memory that is wiped when it is given back
    explicit SigningKey(std::shared_ptr<const Secret> secret) : secret_(std::move(secret)) {}
    std::shared_ptr<const Secret> secret_;
};

// What is signed for an append: made once it is durable.
std::string receipt_text(const log::EventId& event_id, std::uint64_t global_sequence, const Hash& event_hash);

}  // namespace station::ledger
