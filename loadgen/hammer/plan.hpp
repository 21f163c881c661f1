// What the hammer is told to do: who is hit, by how many, how fast, with what.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <station/net/endpoint.hpp>
#include <string>
#include <string_view>

namespace station::hammer {

using Nanoseconds = std::chrono::nanoseconds;

enum class Mix {
    echo,    // lines of random printable text, expected back byte for byte
    events,  // buys and sells, and balance queries where `reads` is more than 0
    ws,      // PUBLISH frames over WebSocket, for the last step
};

// Hears what goes over the connections that send requests, counted from 0. Called from the hammer's threads.
class Tap {
  public:
    virtual ~Tap() = default;
    virtual void connected(std::size_t connection) = 0;
    virtual void sent(std::size_t connection, std::string_view bytes) = 0;
    virtual void received(std::size_t connection, std::string_view bytes) = 0;
    virtual void closed(std::size_t connection) = 0;
};

struct Plan {
    net::Endpoint target = {};
    std::string token = {};  // what the last step wants to be shown, where it has been told to; in no report
    std::size_t connections = 50;
    std::size_t threads = 1;

    // Closed loop (rate 0): each connection keeps `pipeline` requests in flight. Open loop: requests fall due at `rate`
    // a second over all connections, whatever the replies do, at most `pipeline` in flight a connection; what is due
    // and can't be sent yet waits, and its latency counts from when it was due.
    std::size_t pipeline = 1;
    double rate = 0;

    Nanoseconds duration = std::chrono::seconds{5};
    std::uint64_t requests = 0;  // ends after this many requests were sent, where it is not 0
    Nanoseconds ramp{0};         // connections are opened evenly over this time
    Nanoseconds hold{0};         // not 0: each connection sends one request, stays this long from its reply on, leaves,
                                 // and is not replaced; the run ends when all have left
    Nanoseconds patience = std::chrono::seconds{10};  // longest wait for the last replies

    Mix mix = Mix::events;
    double reads = 0;               // share of requests that ask for a balance
    std::size_t users = 1000;       // user0 to user999, drawn evenly; 1 makes a hot user
    bool buys_only = false;         // every event buys 1, so that a user's balance is the number of events applied
    std::size_t payload = 64;       // bytes of an echo line without '\n', or of a published event
    std::string topic = "loadgen";  // of ws, made if need be
    std::size_t subscribers = 0;    // of ws: each gets the topic's events from before the first publish on
    std::uint64_t seed = 1;

    std::size_t idle = 0;       // connections beside the others that send nothing
    std::size_t dribblers = 0;  // connections that send one byte every `dribble_every`, and never a whole line
    Nanoseconds dribble_every = std::chrono::seconds{1};

    Tap* tap = nullptr;  // outlives the run

    // Whether requests fall due by the clock.
    bool open_loop() const { return rate > 0 && hold.count() == 0; }
};

}  // namespace station::hammer
