// A WebSocket: binary frames and control texts (docs/protocol.md).
#pragma once

#include <optional>
#include <station/net/websocket.hpp>

#include "server/session/session.hpp"

namespace station::final_station {

inline constexpr std::string_view kBatchProtocol = "station.batch.v1";  // several frames in one message
// One frame a message, as without any: a browser that has offered something, if only a token, ends a WebSocket whose
// server has chosen nothing of it.
inline constexpr std::string_view kPlainProtocol = "station.v1";

// What is asked of permessage-deflate: that nobody takes a context over. Answers are encoded in another order than they
// are sent in, and an idle connection is to cost nothing.
inline constexpr net::DeflateParameters kNoContexts{.server_no_context_takeover = true,
                                                    .client_no_context_takeover = true};

using Deflate = std::optional<net::DeflateParameters>;

// After the upgrade was answered; `first` came behind the request.
void start_websocket_session(IoThread& thread, net::Socket socket, bool batches, const Deflate& deflate,
                             std::string_view first);
// Sends every message back. For conformance suites, which want an echo.
void start_websocket_echo(IoThread& thread, net::Socket socket, const Deflate& deflate, std::string_view first);

}  // namespace station::final_station
