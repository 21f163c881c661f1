// What Asio leaves to its users: how to begin to listen, and how to end a connection so that the client gets to read
// the last reply.
#pragma once

#include <chrono>
#include <station/net/asio.hpp>
#include <station/net/endpoint.hpp>
#include <system_error>

namespace station::net {

// Longest time that a connection is kept open only to let its client read the last reply.
inline constexpr std::chrono::milliseconds kLinger{1000};

// Binds and listens, with as many descriptors as this process may have (1,024 are few for a server). `endpoint.port`
// becomes the real one. On an error the acceptor stays closed.
std::error_code listen(tcp::acceptor& acceptor, Endpoint& endpoint);

// Closing a socket with unread input resets the connection, and a reset can overtake the last reply. So: send FIN,
// then read and throw away until the client closes, too, or kLinger is over. RFC 9112, 9.6, says the same of HTTP.
void close_gently(tcp::socket& socket);                                // blocks
asio::awaitable<void> async_close_gently(tcp::socket& socket);

// To be awaited after a failed accept, which is mostly EMFILE: nothing but time helps, and who waits stays in the
// backlog.
asio::awaitable<void> async_pause(tcp::acceptor& acceptor);

}  // namespace station::net
