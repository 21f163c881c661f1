// A blocking connection to a server, for commands: one thread, and interrupt() from any.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <span>
#include <station/net/asio.hpp>
#include <station/net/endpoint.hpp>
#include <string_view>
#include <system_error>

namespace station::final_station {

class BlockingConnection {
  public:
    BlockingConnection() : socket_(io_) {}

    // Looks the host up, and tries its addresses one after the other. Again: the connection before is closed.
    std::error_code open(const net::Endpoint& server);

    std::error_code send(std::string_view bytes);
    // Waits for at least one byte; 0 is the end of the stream, or of interrupt().
    std::size_t receive(std::span<char> room, std::error_code& error);

    // What can be done at once. False on an error other than that nothing can.
    bool try_send(std::string_view bytes, std::size_t& sent, std::error_code& error);

    // Waits until the connection can be read from, or written to where `write` says so, or `other` (a descriptor, or
    // -1) can be read from.
    struct Ready {
        bool read = false;
        bool write = false;
        bool other = false;
    };
    Ready wait(bool write, int other);

    // Ends what waits on the connection, now and later.
    void interrupt();

  private:
    asio::io_context io_{1};
    net::Socket socket_;
    std::mutex replacing_;  // of socket_, and interrupt()
    bool interrupted_ = false;
};

}  // namespace station::final_station
