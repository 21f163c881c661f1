// What the chat's load is told to do: how many members, how much they say and how, how often one of them goes away. The
// chat is one that `station chat seed` made: its people are user1 to userN, and all have the same password.
#pragma once

#include <cstddef>
#include <cstdint>
#include <loadgen/hammer/plan.hpp>
#include <optional>
#include <station/net/endpoint.hpp>
#include <string>

namespace station::hammer::talk {

struct Plan {
    std::optional<net::Endpoint> target = {};  // a chat that is served already, or
    std::string start = {};                    // the program `station`, which is started for the run
    std::string data = {};                     // its folder; empty: a new one, thrown away afterwards

    // What is seeded where the folder holds no chat yet.
    std::size_t rooms = 1;
    std::size_t room_size = 50;
    std::size_t history = 0;  // messages in all rooms together, beforehand

    std::size_t members = 50;  // with a WebSocket each: user1 to userN
    std::size_t posters = 0;   // not 0: these many say everything, by POST, one request in flight each
    double readers = 0;        // share of the members that never say anything

    // Messages a second by all together, each with a time when it is due, from which its latency counts; 0: whoever
    // says something says the next when it is acknowledged.
    double rate = 0;
    double typing = 0;      // typing_start a second, by all members together
    double reconnects = 0;  // members a second that are cut off and come back

    Nanoseconds duration = std::chrono::seconds{5};
    Nanoseconds patience = std::chrono::seconds{10};  // longest wait for what is missing at the end
    std::size_t payload = 64;                         // characters of a message, at least its stamp
    std::size_t threads = 1;
    std::uint64_t seed = 1;
    std::string password = "station-seed";
};

}  // namespace station::hammer::talk
