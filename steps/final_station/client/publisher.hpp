// Publishes over a WebSocket, many events in flight at a time, so that they share writes and syncs at the server; tells
// of each acknowledgement in its order. One thread; no lock, no thread of its own: it waits for the connection and for
// its source at once, so that an event that is typed in is published as soon as its line ends.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <station/log/publish.hpp>
#include <station/net/websocket.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "connection.hpp"
#include "web_client.hpp"

namespace station::final_station {

// Where events come from.
class EventSource {
  public:
    virtual ~EventSource() = default;
    // The next event; false where there is none right now.
    virtual bool next(std::string& payload) = 0;
    virtual bool at_end() const = 0;
    // A descriptor to wait for, and what to do once there is something to be read; -1 where next() never waits.
    virtual int descriptor() const { return -1; }
    virtual void read() {}
};

struct Acknowledged {
    std::uint64_t offset = 0;
    std::string id;
    std::int64_t time = 0;
};

class Publisher final : net::WebSocket::Handler {
  public:
    // Those that came together.
    using OnAcknowledged = std::function<void(std::span<const Acknowledged>)>;

    Publisher(const Remote& server, std::string topic, const log::Headers& headers, bool keep_going,
              OnAcknowledged on_acknowledged);

    // Until the source has ended and all of it is answered, or, unless it keeps going, up to the first refusal. The
    // error is one line, and says how many were acknowledged.
    tl::expected<void, std::string> publish_all(EventSource& source);

  private:
    void on_text(std::string_view text) override;
    void on_binary(std::span<const std::byte>) override {}

    bool done(const EventSource& source) const;
    void take_from(EventSource& source);
    void send_text(const std::string& payload);
    void post(const std::string& payload);
    void acknowledge(const nlohmann::json& answer);
    void tell();
    void turn(EventSource& source);
    void receive();
    void stop(std::string problem);
    void refused(std::string reason);
    std::string so_far() const;

    Remote server_;
    std::string topic_;
    std::string end_of_text_;  // what every control text has behind its payload
    bool has_headers_;
    bool keep_going_;
    OnAcknowledged on_acknowledged_;
    BlockingConnection connection_;
    net::WebSocket socket_{net::WebSocket::Role::client};
    std::string out_;
    std::size_t sent_bytes_ = 0;  // of out_
    std::uint64_t sent_ = 0;
    std::uint64_t answered_ = 0;
    std::uint64_t acknowledged_ = 0;
    std::vector<Acknowledged> fresh_;
    std::string large_;  // waits until nothing is in flight
    bool has_large_ = false;
    std::string problem_;  // ends it
    std::string refusal_;  // the first one, where it keeps going
    bool ended_ = false;   // the connection
};

}  // namespace station::final_station
