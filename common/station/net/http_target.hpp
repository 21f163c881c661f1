// A request's target (RFC 9112, 3.2), taken apart.
#pragma once

#include <station/net/http.hpp>

namespace station::net {

// Sets the path and the query of a request whose method is known. false where it is no target for that method, or holds
// a percent sign that stands for nothing, or for a NUL.
bool parse_target(std::string_view target, HttpRequest& request);

}  // namespace station::net
