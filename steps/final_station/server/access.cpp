#include "access.hpp"

#include <algorithm>
#include <cstdint>
#include <station/base/base64.hpp>
#include <station/base/text.hpp>

namespace station::final_station {
namespace {

// No early end, and nothing that a compiler could turn into one: the loop is as long as the guess, whatever it holds.
bool same_in_constant_time(std::string_view secret, std::string_view guess) {
    volatile std::uint8_t differences = secret.size() == guess.size() ? 0 : 1;
    for (std::size_t i = 0; i < guess.size(); ++i) {
        const auto difference = static_cast<std::uint8_t>(guess[i] ^ secret[i % secret.size()]);
        differences = static_cast<std::uint8_t>(differences | difference);
    }
    return differences == 0;
}

// The scheme's name is compared in either case (RFC 9110, 11.1). Empty where it is another scheme.
std::string_view bearer_of(std::string_view authorization) {
    constexpr std::string_view kScheme = "bearer ";
    if (!base::equal_in_either_case(authorization.substr(0, kScheme.size()), kScheme)) return {};
    return base::trim(authorization.substr(kScheme.size()));
}

// What stands behind kBearerProtocol among the subprotocols that a client offers; empty where it is not there.
std::string_view offered_bearer(const net::HttpRequest& request) {
    for (const auto& [name, value] : request.headers) {
        if (name != "sec-websocket-protocol") continue;
        for (std::string_view list = value; !list.empty();) {
            const std::size_t comma = std::min(list.find(','), list.size());
            const std::string_view protocol = base::trim(list.substr(0, comma));
            if (protocol.starts_with(kBearerProtocol)) return protocol.substr(kBearerProtocol.size());
            list.remove_prefix(std::min(comma + 1, list.size()));
        }
    }
    return {};
}

}  // namespace

void Access::set_token(const std::string& token) { secret_.replace({token, base::base64url(token)}); }

bool Access::admits(std::string_view token) const {
    const Secret& secret = *secret_;
    return secret.token.empty() || same_in_constant_time(secret.token, token);
}

Access::Verdict Access::judge(const net::HttpRequest& request) const {
    const Secret& secret = *secret_;
    if (secret.token.empty()) return Verdict::granted;
    // Of two headers a proxy in front may have looked at the other one.
    if (request.count("authorization") > 1) return Verdict::wrong;
    if (const std::string* const header = request.header("authorization")) {
        return same_in_constant_time(secret.token, bearer_of(*header)) ? Verdict::granted : Verdict::wrong;
    }
    if (!request.has_token("upgrade", "websocket")) return Verdict::missing;
    const std::string_view offered = offered_bearer(request);
    if (offered.empty()) return Verdict::missing;
    return same_in_constant_time(secret.in_protocol, offered) ? Verdict::granted : Verdict::wrong;
}

}  // namespace station::final_station
