// A request's target (RFC 9112, 3.2), taken apart.
#pragma once

#include <optional>
#include <station/net/http.hpp>
#include <string>
#include <string_view>

namespace station::net {

// Sets the path and the query of a request whose method is known. false where it is no target for that method, or holds
// a percent sign that stands for nothing, or for a NUL.
bool parse_target(std::string_view target, HttpRequest& request);

// nullopt where a percent sign stands for nothing, or for a NUL.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace station::net
