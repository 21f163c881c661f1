// A LineServer on a free port, running on a thread of its own until the test is through with it.
#pragma once

#include "gate.hpp"
#include "line_client.hpp"

#include <station/net/line_server.hpp>
#include <stdexcept>
#include <string>
#include <thread>

namespace station::test {

class RunningServer {
  public:
    template <typename Handler>
    explicit RunningServer(Handler handler, std::size_t max_line = wire::kDefaultMaxLine)
        : server_(net::LineServerOptions{{}, max_line}, std::move(handler)) {
        if (const auto error = server_.listen()) throw std::system_error(error);
        thread_ = std::jthread{[this] {
            server_.run();
            ended_.arrive();
        }};
    }
    ~RunningServer() { server_.stop(); }

    net::LineServer* operator->() { return &server_; }
    LineClient connect(int receive_buffer = 0) const { return LineClient{server_.endpoint(), receive_buffer}; }
    // Waits until run() has returned.
    bool ended() { return ended_.wait(); }

  private:
    net::LineServer server_;
    Gate ended_;
    std::jthread thread_;
};

// The same replies from both kinds of handlers: the line in angle brackets, so that a reply is no echo by accident.
inline wire::Reply bracket(std::string_view line) { return {"<" + std::string{line} + ">"}; }

struct Direct {
    static net::LineServer::Handler handler() { return bracket; }
};
struct Deferred {
    static net::LineServer::DeferredHandler handler() {
        return [](std::string_view line, net::Responder respond) { respond(bracket(line)); };
    }
};

}  // namespace station::test
