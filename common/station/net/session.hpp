// One connection of a LineServer, as a coroutine on the server's thread. Two kinds: the direct one takes each reply
// from the handler's hand; the deferred one has a second coroutine, which sends the replies when they are ready.
#pragma once

#include <set>
#include <station/net/asio.hpp>
#include <station/net/line_server.hpp>
#include <station/net/sockets.hpp>

namespace station::net {

// What the sessions of one server share. Everything but `stopping` belongs to the server's thread.
struct SessionContext {
    std::size_t max_line = wire::kDefaultMaxLine;
    std::atomic<bool> stopping{false};  // leave now
    bool ending = false;                // leave once the replies that are ready are sent
    wire::ReadBlock block;
    std::string replies;          // of the connection that runs, until it suspends
    std::set<Socket*> receiving;  // to be cancelled when the server ends
    std::size_t open = 0;
    std::function<void()> on_last_closed;
};

// Counts a connection in and out of its context.
class OpenConnection {
  public:
    explicit OpenConnection(SessionContext& context) : context_(context) { ++context_.open; }
    OpenConnection(const OpenConnection&) = delete;
    OpenConnection& operator=(const OpenConnection&) = delete;
    ~OpenConnection() {
        if (--context_.open == 0 && context_.ending) context_.on_last_closed();
    }

  private:
    SessionContext& context_;
};

// async_receive(), ended early when the server ends.
Awaitable<ReadResult> receive(SessionContext& context, Socket& socket, wire::LineBuffer& lines);

Awaitable<void> serve(SessionContext& context, const LineServer::Handler& handler, Socket socket);
Awaitable<void> serve_deferred(SessionContext& context, const LineServer::DeferredHandler& handler, Socket socket);

}  // namespace station::net
