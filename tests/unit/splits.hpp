// Bytes come off a socket in pieces of any size: what a parser makes of them must not depend on where they are cut.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

namespace station::test {

using Pieces = std::vector<std::string_view>;

// Calls `check` with `bytes` whole, cut at every place into two, and byte by byte.
inline void for_every_split(std::string_view bytes, const std::function<void(const Pieces&)>& check) {
    check({bytes});
    for (std::size_t at = 1; at < bytes.size(); ++at) check({bytes.substr(0, at), bytes.substr(at)});
    Pieces single;
    for (const char& byte : bytes) single.emplace_back(&byte, 1);
    check(single);
}

}  // namespace station::test
