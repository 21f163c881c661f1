// One door of the server: takes the connections that come to it, and hands each to an I/O thread. Those above the limit
// are told so and closed. Where there is no descriptor or no memory for one, it waits in the kernel's backlog and is
// taken when there is: nothing but time helps.
//
// Belongs to the thread that runs its io_context.
#pragma once

#include <chrono>
#include <memory>
#include <station/net/asio.hpp>
#include <station/net/endpoint.hpp>
#include <vector>

#include "engine/handler_memory.hpp"
#include "io_thread.hpp"

namespace station::final_station {

class Listener {
  public:
    Listener(asio::io_context& io, Station& station, std::vector<std::unique_ptr<IoThread>>& threads, Door door)
        : io_(io), station_(station), threads_(threads), door_(door), acceptor_(io), pause_(io) {}

    // Binds, or says why it can't; the endpoint then has the real port.
    std::error_code listen(net::Endpoint& endpoint);
    bool is_loopback() const;
    void start();
    void close();

  private:
    enum class Taken { one, none, failed };

    void wait();
    void take_all();
    void pause(std::chrono::milliseconds time);
    Taken take_one();
    bool full() const;
    void turn_away(const base::Descriptor& descriptor) const;

    asio::io_context& io_;
    Station& station_;
    std::vector<std::unique_ptr<IoThread>>& threads_;
    const Door door_;
    net::Acceptor acceptor_;
    net::Timer pause_;
    HandlerMemory memory_;
    net::tcp protocol_ = net::tcp::v4();
    std::size_t next_thread_ = 0;
};

}  // namespace station::final_station
