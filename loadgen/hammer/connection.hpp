// One connection of a worker: what it is for, how far it is, and its exchange of requests and replies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <loadgen/hammer/exchange.hpp>
#include <loadgen/hammer/result.hpp>
#include <loadgen/hammer/socket.hpp>
#include <memory>

namespace station::hammer {

enum class Role : std::uint8_t {
    active,    // sends requests
    idle,      // sends nothing
    dribbler,  // sends a line that never ends, byte by byte
};

enum class State : std::uint8_t {
    planned,
    connecting,
    greeting,  // connected; the protocol's greeting is under way
    open,
    leaving,  // FIN sent: the server may still say something
    closed,
};

struct Connection {
    std::size_t id = 0;      // its place in the worker's list
    std::size_t number = 0;  // its place among all of its role
    Role role = Role::active;
    State state = State::planned;
    bool writable_wanted = false;
    bool lost = false;  // ended by the server, or never there
    bool mute = false;  // sending failed; what was received before that is still to be read
    Nanoseconds opens_at{0};
    std::uint64_t first_round = 0;  // open loop: the round of its first request
    std::uint64_t due = 0;          // open loop: how many requests have fallen due
    std::uint64_t released = 0;     // open loop: how many of them have been looked at
    std::uint64_t dribbled = 0;
    Span span = {};
    Socket socket = {};
    std::unique_ptr<Exchange> exchange;
};

}  // namespace station::hammer
