// Bytes as the tests write them: hex, with spaces where they please.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <station/ledger/wire/hash.hpp>
#include <string>
#include <vector>

namespace station::ledger::test {

using Buffer = std::vector<std::byte>;

inline Buffer from_hex_text(std::string hex) {
    std::erase_if(hex, [](char c) { return c == ' ' || c == '\n'; });
    const std::string bytes = from_hex(hex).value();
    const Bytes view = log::as_bytes(bytes);
    return {view.begin(), view.end()};
}

inline Buffer buffer_of(std::string_view text) {
    const Bytes view = log::as_bytes(text);
    return {view.begin(), view.end()};
}

// The same in every run, or what STATION_SEED says.
inline std::uint64_t seed() {
    const char* const given = std::getenv("STATION_SEED");
    return given == nullptr ? 20240607 : std::strtoull(given, nullptr, 10);
}

inline Buffer random_bytes(std::mt19937_64& random, std::size_t most) {
    Buffer bytes(random() % (most + 1));
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    return bytes;
}

}  // namespace station::ledger::test
