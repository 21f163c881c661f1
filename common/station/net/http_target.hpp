// A request's target (RFC 9112, 3.2), taken apart.
#pragma once

#include <station/net/http.hpp>

namespace station::net {

// Sets path and query. false where it is no target, or holds a percent sign that stands for nothing, or for a NUL.
bool parse_target(std::string_view target, bool is_connect, HttpRequest& request);

}  // namespace station::net
