#include "digest.hpp"

#include <array>
#include <cstdio>

namespace station::lab {

std::string digest_json(std::uint64_t value) {
    std::array<char, 19> text{};
    std::snprintf(text.data(), text.size(), "\"%016llx\"", static_cast<unsigned long long>(value));
    return text.data();
}

}  // namespace station::lab
