// BLAKE3, the only hash of a ledger (https://github.com/BLAKE3-team/BLAKE3-specs). Any thread.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <station/log/bytes.hpp>
#include <string>
#include <string_view>

namespace station::ledger {

using log::Bytes;

struct Hash {
    static constexpr std::size_t kSize = 32;
    std::array<std::byte, kSize> bytes{};  // zeros stand before an entity's first event

    static std::optional<Hash> from_hex(std::string_view text);
    static Hash from_bytes(Bytes bytes);  // exactly kSize of them
    std::string to_hex() const;
    friend auto operator<=>(const Hash&, const Hash&) = default;
};

class Hasher {
  public:
    Hasher();
    Hasher& update(Bytes bytes);
    Hash finish() const;

  private:
    static constexpr std::size_t kChunk = 1024;

    // Up to a chunk is kept as it is; what is longer goes into the library's hasher.
    std::size_t size_ = 0;
    bool is_long_ = false;
    std::array<std::byte, kChunk> chunk_;
    alignas(8) std::array<std::byte, 1920> long_;  // blake3_hasher, which is no business of who includes this
};

Hash blake3(Bytes bytes);

// Lower case, two digits a byte; the other way for even numbers of digits of either case.
std::string to_hex(Bytes bytes);
std::optional<std::string> from_hex(std::string_view text);

}  // namespace station::ledger
