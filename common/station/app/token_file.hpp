// An access token, from the file that keeps it. A file, because what stands on a command line or in the environment can
// be read by others on the machine. The rules for who may read it are PostgreSQL's for its private key: nobody but its
// owner; or, where root owns it, a group (which is how root hands a secret to a service).
#pragma once

#include <cstddef>
#include <string>
#include <tl/expected.hpp>

namespace station::app {

inline constexpr std::size_t kShortestToken = 16;
inline constexpr std::size_t kLongestToken = 512;

// The file's one line, without its end. Only what an `Authorization: Bearer` header may carry (RFC 6750, 2.1): letters,
// digits and -._~+/=. The error is one line that names the file and never what is in it.
tl::expected<std::string, std::string> read_token_file(const std::string& path);

}  // namespace station::app
