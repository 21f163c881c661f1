// A connection to a NATS cluster, shared by all topics of a process. It never blocks for ever, and comes back by
// itself, to whichever node is there.
//
// Whose threads: libnats has some of its own, which only put what came into the Loop's mailbox. The loop's one thread
// runs every Appender and Reader and all their callbacks, which must be short. What waits for an answer (ask(), and
// all of stream.hpp and search.hpp) belongs on other threads: neither the loop's nor one that serves clients.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <station/log/config.hpp>
#include <station/log/error.hpp>
#include <station/log/event_id.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>
#include <vector>

#include "error.hpp"
#include "stream_name.hpp"

namespace station::jetstream {

class Loop;

struct Config {
    std::vector<std::string> urls;  // parse_urls()
    std::string credentials;        // a file with a JWT and a key, as `nsc` makes them; empty: none
    std::string prefix{kDefaultPrefix};
    std::chrono::milliseconds patience{2000};                     // without an answer, until it is Errc::unavailable
    std::function<void(log::Severity, std::string_view)> logger;  // called from any thread; empty: silence
};

// "nats://a:4222,b:4222": one or more HOST:PORT, with or without the scheme (nats or tls), parted by commas.
tl::expected<std::vector<std::string>, std::string> parse_urls(std::string_view text);

class Connection {
  public:
    // Where no node can be reached within the patience, or it has no JetStream, that is the error.
    static log::Result<std::shared_ptr<Connection>> open(Config config);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    const Config& config() const;
    std::size_t max_payload() const;  // of the server: bytes of a message with its headers
    bool is_connected() const;
    const log::EventId& writer() const;  // made at start

    // A request of JetStream's API: `subject` is what follows "$JS.API.". Waits. Any thread but the loop's.
    tl::expected<std::string, std::error_code> ask(std::string_view subject, std::string_view body) const;

    void say(log::Severity severity, std::string_view text) const;

    // For this room's own.
    const std::shared_ptr<Loop>& loop() const;
    void* native() const;  // a natsConnection*

    class Impl;

  private:
    explicit Connection(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace station::jetstream
