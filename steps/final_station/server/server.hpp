// The station, serving: two doors (or the web port alone), some I/O threads, one bus.
#pragma once

#include <chrono>
#include <memory>
#include <station/net/endpoint.hpp>
#include <vector>

#include "station.hpp"

namespace station::final_station {

struct ServerOptions {
    net::Endpoint web{"127.0.0.1", 9000};
    net::Endpoint lines{"127.0.0.1", 7011};
    bool has_lines = true;
    std::size_t threads = 1;
};

class Server {
  public:
    // The station must outlive it.
    Server(Station& station, ServerOptions options);
    ~Server();

    // Binds its doors, or says which one can't be had, and why. The endpoints then have the real ports.
    std::error_code listen();
    const net::Endpoint& web() const;
    const net::Endpoint* lines() const;  // nullptr: no such door
    // Once listening, before run(): the threads, or why there are none. Then nothing runs.
    std::error_code start();
    const net::Endpoint& refused() const;  // the door that could not be opened

    // Serves until stop().
    void run();
    // Any thread: no more connections; those that are there are answered and told goodbye, at most until the deadline.
    void stop(std::chrono::steady_clock::time_point deadline);
    // After run(), once the log is shut down: every publish that was taken is answered, and counted.
    void settle();
    // Connections that were there when the deadline came.
    std::size_t cut() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace station::final_station
