// Who may come in: everybody, or who has the token. One token opens all doors and everything behind them; there are no
// users and no roles. Any thread may ask; the token may be replaced meanwhile, and connections that are in stay in.
#pragma once

#include <station/net/http.hpp>
#include <string>
#include <string_view>

#include "reloadable.hpp"

namespace station::final_station {

class Access {
  public:
    // Empty: everybody may come in. One thread at a time.
    void set_token(const std::string& token);

    enum class Verdict { granted, missing, wrong };

    bool required() const { return !secret_->token.empty(); }
    // How long it takes depends on the guess' own length, and on nothing that the guess has in common with the token.
    bool admits(std::string_view token) const;

    // `Authorization: Bearer TOKEN`; or, on an upgrade, since a browser's WebSocket can send no headers but this one,
    // the subprotocol kBearerProtocol and the token in base64url without padding.
    Verdict judge(const net::HttpRequest& request) const;

  private:
    struct Secret {
        std::string token;
        std::string in_protocol;  // as it stands behind kBearerProtocol
    };
    Reloadable<Secret> secret_;
};

inline constexpr std::string_view kBearerProtocol = "station.bearer.";

}  // namespace station::final_station
