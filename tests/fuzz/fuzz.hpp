// What every target has: libFuzzer's entry, a way to say that something is wrong, and bytes cut into pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace station::fuzz {

// Asserts are compiled out of most builds; what a fuzzer looks for must not be.
inline void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

// Cut where `seed` says: many pieces of a byte or two, some long ones.
inline std::vector<std::string_view> cut(std::string_view bytes, std::uint32_t seed) {
    std::vector<std::string_view> pieces;
    while (!bytes.empty()) {
        seed = seed * 1664525 + 1013904223;
        const std::uint32_t draw = seed >> 16;
        pieces.push_back(bytes.substr(0, draw % 4 == 0 ? 1 + draw % 97 : 1 + draw % 3));
        bytes.remove_prefix(pieces.back().size());
    }
    return pieces;
}

}  // namespace station::fuzz
