// What Asio leaves to its users: how to begin to listen, and how to end a connection so that the client gets to read
// the last reply.
#pragma once

#include <chrono>
#include <station/net/asio.hpp>
#include <station/net/endpoint.hpp>
#include <station/wire/line_buffer.hpp>
#include <string_view>
#include <system_error>

namespace station::net {

// Longest time that a connection is kept open only to let its client read the last reply.
inline constexpr std::chrono::milliseconds kLinger{1000};

// Binds and listens, with as many descriptors as this process may have (1,024 are few for a server). `endpoint.port`
// becomes the real one. On an error the acceptor stays closed.
std::error_code listen(Acceptor& acceptor, Endpoint& endpoint);

// Closing a socket with unread input resets the connection, and a reset can overtake the last reply. So: send FIN,
// then read and throw away until the client closes, too, or kLinger is over. RFC 9112, 9.6, says the same of HTTP.
void close_gently(Socket& socket);  // blocks
Awaitable<void> async_close_gently(Socket& socket);

// Both want a non-blocking socket, and both use memory that is shared by all connections of a thread: nothing is read
// before there is something to read, and `bytes` need only live until the coroutine suspends.

struct ReadResult {
    std::error_code error;
    std::size_t bytes = 0;
};
// Waits until there is something to read, and reads what is there into `lines`. A cancelled wait still reads what had
// arrived by then.
Awaitable<ReadResult> async_receive(Socket& socket, wire::LineBuffer& lines);

// For who waits by itself: `first` is what the wait has read, if it reads. Where more than that may have arrived, reads
// it straight into `lines`. would_block: there was nothing after all.
std::error_code receive(Socket& socket, std::string_view first, bool more, wire::LineBuffer& lines);

// Sends all of it. What the kernel takes at once costs no trip through the event loop; for most replies that is all.
Awaitable<std::error_code> async_send(Socket& socket, std::string_view bytes);

// To be awaited after a failed accept, which is mostly EMFILE: nothing but time helps, and who waits stays in the
// backlog.
Awaitable<void> async_pause(Acceptor& acceptor);

}  // namespace station::net
