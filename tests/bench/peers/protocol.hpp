// How a server is spoken to: one object for each connection. It writes requests, and finds acknowledgements and
// messages in what comes in. Raw bytes and no client library, so that each server costs the client as little as it can.
// Except for greet(), no I/O; one thread. To measure one more server, write one more of these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "buffer.hpp"
#include "socket.hpp"

namespace station::peers {

enum class Role {
    publisher,
    replayer,    // reads what is stored, from the first event
    subscriber,  // gets what is published from now on
};

// What a protocol finds in what comes in.
class Sink {
  public:
    virtual void acknowledged() = 0;                     // the oldest publish without an answer
    virtual void refused(std::string_view why) = 0;      // a request failed; a publish counts as answered
    virtual void message(std::string_view payload) = 0;  // as it was published

  protected:
    ~Sink() = default;
};

class Protocol {
  public:
    virtual ~Protocol() = default;

    // Blocking; before the first request.
    virtual void greet(const Socket&) {}
    virtual void publish(std::string_view payload, Buffer& out) = 0;
    // Ends a group of publishes.
    virtual void end_group(Buffer&) {}
    virtual void subscribe(Buffer& out) = 0;
    // Takes all that is whole off `in`.
    virtual void take(Buffer& in, Buffer& out, Sink& sink) = 0;
};

struct ProtocolOptions {
    std::string name;  // one of protocol_names()
    Role role = Role::publisher;
    int connection = 0;        // a number of its own
    std::size_t page = 1000;   // redis-streams: COUNT
    std::string line;          // json-lines: what is published, % where the payload goes
    std::uint64_t stream = 1;  // websocket: the topic's number
    std::uint64_t topics = 1;  // websocket: publishes go to so many topics in turn, from `stream` on
};

std::vector<std::string> protocol_names();
std::unique_ptr<Protocol> make_protocol(const ProtocolOptions& options);

std::unique_ptr<Protocol> make_redis_streams(const ProtocolOptions& options);
std::unique_ptr<Protocol> make_redis_pubsub(const ProtocolOptions& options);
std::unique_ptr<Protocol> make_jetstream(const ProtocolOptions& options);
std::unique_ptr<Protocol> make_json_lines(const ProtocolOptions& options);
std::unique_ptr<Protocol> make_postgres(const ProtocolOptions& options);
std::unique_ptr<Protocol> make_websocket(const ProtocolOptions& options);

}  // namespace station::peers
