// How many descriptors this process may have open. The soft limit is 1,024 nearly everywhere, for the sake of programs
// that call select(); who doesn't is meant to raise it to the hard one (systemd.exec(5), "Process Properties").
#pragma once

#include <cstddef>

namespace station::base {

// Raises the soft limit to the hard one, and both where `wanted` is more than that and the process may (root). Returns
// what the limit is now. To be called before threads depend on it; children inherit it.
std::size_t raise_descriptor_limit(std::size_t wanted = 0) noexcept;

}  // namespace station::base
