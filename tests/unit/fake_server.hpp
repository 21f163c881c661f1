// A server on plain blocking sockets that does to its clients whatever a test wants. Each connection is
// served by a function on a thread of its own, or on the accepting thread, one after another. The destructor
// ends everything.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <station/net/endpoint.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace station::test {

// One connection, as the server sees it.
class Peer {
  public:
    Peer(int descriptor, std::size_t number) : descriptor_(descriptor), number_(number) {}
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    ~Peer();

    std::size_t number() const { return number_; }  // in the order of accepting, from 0

    // Without its '\n'; nullopt once the client has left.
    std::optional<std::string> read_line();
    void write(std::string_view bytes);
    // What came without a '\n' up to now.
    const std::string& unfinished() const { return received_; }
    // Bytes written that the client has not acknowledged yet.
    int unacknowledged() const;
    // Makes the destructor reset the connection instead of closing it.
    void reset_on_close();

  private:
    int descriptor_;
    std::size_t number_;
    std::string received_;
};

enum class Serving { together, one_at_a_time };

class FakeServer {
  public:
    using Serve = std::function<void(Peer&)>;
    explicit FakeServer(Serve serve, Serving serving = Serving::together);
    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;
    ~FakeServer();

    const net::Endpoint& endpoint() const { return endpoint_; }
    std::size_t accepted() const { return accepted_.load(); }

  private:
    void accept();
    void serve(int descriptor, std::size_t number);

    Serve serve_;
    Serving serving_;
    net::Endpoint endpoint_;
    int listener_;
    std::atomic<std::size_t> accepted_{0};
    std::mutex mutex_;
    bool ending_ = false;
    std::vector<int> open_;  // connections being served, to be shut down at the end
    std::vector<std::jthread> sessions_;
    std::jthread acceptor_;
};

// Sends each line back, until the client leaves.
inline void echo(Peer& peer) {
    while (const auto line = peer.read_line()) peer.write(*line + '\n');
}

// Bounds what a broken client would wait.
inline constexpr std::chrono::seconds kLong{20};

// A port that nobody listens on: bound by this object, so that nobody else gets it.
class DeafPort {
  public:
    DeafPort();
    DeafPort(const DeafPort&) = delete;
    DeafPort& operator=(const DeafPort&) = delete;
    ~DeafPort();

    const net::Endpoint& endpoint() const { return endpoint_; }

  private:
    net::Endpoint endpoint_;
    int descriptor_;
};

}  // namespace station::test
