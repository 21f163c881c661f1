#include <cstdio>
#include <cstdlib>
#include <station/base/assertion.hpp>

namespace station::base {

void assertion_failed(const char* condition, const char* file, int line) noexcept {
    std::fprintf(stderr, "%s:%d: this must hold, and does not: %s\n", file, line, condition);
    std::abort();
}

}  // namespace station::base
