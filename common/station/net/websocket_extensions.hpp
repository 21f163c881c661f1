// How a server answers what a client offers in Sec-WebSocket-Extensions (RFC 6455, section 9.1): it knows one
// extension, permessage-deflate (RFC 7692), and its four parameters. Pure functions, any thread.
#pragma once

#include <station/net/http.hpp>
#include <string>
#include <string_view>

namespace station::net {

// RFC 7692, section 7.1. A side with "no context takeover" begins each message with an empty window, and has nothing to
// remember between two of them.
struct DeflateParameters {
    bool server_no_context_takeover = false;
    bool client_no_context_takeover = false;
    // 8 to 15, and 9 at least for the side that compresses: zlib does it with no window of 256 bytes.
    int server_max_window_bits = 15;
    int client_max_window_bits = 15;

    bool operator==(const DeflateParameters&) const = default;
};

struct DeflateAnswer {
    enum class Status {
        declined,   // nothing was offered that can be had: the connection goes on without
        agreed,     // on the first offer that can be had
        malformed,  // no list of extensions: the handshake fails (RFC 6455, 9.1)
    };
    Status status = Status::declined;
    DeflateParameters parameters;
    std::string header;  // agreed: the value of Sec-WebSocket-Extensions
};

// Takes the first offer that can be had. `wanted` is what the server would rather have; an offer may ask for less than
// it, and gets it. An offer with an unknown, doubled or unreadable parameter is declined (RFC 7692, 7.1).
DeflateAnswer negotiate_deflate(std::string_view offers, const DeflateParameters& wanted);

// All a request offers, as one list.
std::string extension_offers(const HttpRequest& request);

}  // namespace station::net
