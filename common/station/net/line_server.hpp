// A server of lines: one request a line, one reply a line, in order, however many clients pipeline however much. The
// protocol (framing, limits, order, half-closed clients) is here; what a line means is the handler's business.
//
// One thread runs it all: run() is the event loop, every connection is a coroutine on it, and a handler is called on
// it, one line at a time. A handler that blocks therefore blocks everybody; that is step 4's lesson. Two kinds:
//
//   Handler          replies at once: it returns the reply
//   DeferredHandler  replies later, from any thread, by calling the Responder it was given
//
// A client that does not read its replies is not read from either, so no client can make the server's memory grow.
// listen() and run() belong to one thread; stop(), drain() and finish() may be called from any.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <station/net/endpoint.hpp>
#include <station/net/responder.hpp>
#include <station/wire/line_buffer.hpp>
#include <station/wire/reply.hpp>
#include <string_view>
#include <system_error>

namespace station::net {

struct LineServerOptions {
    Endpoint endpoint;
    std::size_t max_line = wire::kDefaultMaxLine;
};

class LineServer {
  public:
    using Handler = std::function<wire::Reply(std::string_view line)>;
    using DeferredHandler = std::function<void(std::string_view line, Responder respond)>;

    LineServer(LineServerOptions options, Handler handler);
    LineServer(LineServerOptions options, DeferredHandler handler);
    ~LineServer();

    // Binds and listens, or says why it can't. endpoint() then has the real port.
    std::error_code listen();
    const Endpoint& endpoint() const;

    // Serves until stop(), or until finish() has ended the last connection.
    void run();

    // Ends run() now. Connections are cut when the server goes; what they had asked for is lost.
    void stop();

    // Accepts no more connections; those that are open go on.
    void drain();
    // After drain(): each open connection gets the replies that are ready, then FIN. Whatever has not ended at the
    // deadline is cut.
    void finish(std::chrono::steady_clock::time_point deadline);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace station::net
