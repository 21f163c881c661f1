// Who may come in: everybody, or who has the token. One token opens all doors and everything behind them; there are no
// users and no roles. Constant once the threads run.
#pragma once

#include <station/net/http.hpp>
#include <string>
#include <string_view>

namespace station::final_station {

class Access {
  public:
    Access() = default;  // everybody
    explicit Access(std::string token);

    enum class Verdict { granted, missing, wrong };

    bool required() const { return !token_.empty(); }
    // How long it takes depends on the guess' own length, and on nothing that the guess has in common with the token.
    bool admits(std::string_view token) const;

    // `Authorization: Bearer TOKEN`; or, on an upgrade, since a browser's WebSocket can send no headers but this one,
    // the subprotocol kBearerProtocol and the token in base64url without padding.
    Verdict judge(const net::HttpRequest& request) const;

  private:
    std::string token_;
    std::string in_protocol_;  // as it stands behind kBearerProtocol
};

inline constexpr std::string_view kBearerProtocol = "station.bearer.";

}  // namespace station::final_station
