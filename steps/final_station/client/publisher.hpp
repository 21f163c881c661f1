// Publishes over a WebSocket, many events in flight at a time, so that they share writes and syncs at the server; tells
// of each acknowledgement in its order. One thread; no lock, no thread of its own: it waits for the connection and for
// its source at once, so that an event that is typed in is published as soon as its line ends.
//
// Told to retry, it connects again where the server has gone, and sends what nobody has answered again: at least once,
// in place of at most once.
#pragma once

#include <cstdint>
#include <deque>
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
#include "event_source.hpp"
#include "web_client.hpp"

namespace station::final_station {

struct Acknowledged {
    std::uint64_t offset = 0;
    std::string id;
    std::int64_t time = 0;
};

struct PublisherOptions {
    std::string topic;
    log::Headers headers;     // of every event
    bool keep_going = false;  // past a refusal
    bool retry = false;
};

class Publisher final : net::WebSocket::Handler {
  public:
    struct Reports {
        // Those that came together.
        std::function<void(std::span<const Acknowledged>)> acknowledged;
        // The event's place in its source, from 1; only where it keeps going.
        std::function<void(std::uint64_t number, const std::string& reason)> refused;
        // That the server has gone and what is done about it, in a line; that it is back.
        std::function<void(const std::string& news)> connection;
    };

    Publisher(const Remote& server, const PublisherOptions& options, Reports reports);

    // Until the source has ended and all of it is answered, or, unless it keeps going, up to the first refusal. The
    // error is one line, and says how many were acknowledged.
    tl::expected<void, std::string> publish_all(EventSource& source);

    std::uint64_t refusals() const { return refusals_; }
    // Of the event whose refusal ended it: its place in the source, from 1; 0: it ended otherwise.
    std::uint64_t refused_number() const { return refused_number_; }

  private:
    void on_text(std::string_view text) override;
    void on_binary(std::span<const std::byte>) override {}

    void connect();
    void prepare_again();
    bool is_complete(const EventSource& source) const;
    bool done(const EventSource& source) const;
    bool may_take() const;
    bool next(EventSource& source, std::string& payload);
    void take_from(EventSource& source);
    void send_text(std::string payload);
    void post();
    void answered();
    void acknowledge(const nlohmann::json& answer);
    void tell();
    void turn(EventSource& source);
    void receive();
    void lose(std::string how);
    void stop(std::string problem);
    void refuse(const std::string& reason);
    std::string gone_in_words() const;
    std::string so_far() const;

    Remote server_;
    PublisherOptions options_;
    std::string end_of_text_;  // what every control text has behind its payload
    Reports reports_;
    BlockingConnection connection_;
    net::WebSocket socket_{net::WebSocket::Role::client};
    std::string out_;
    std::size_t sent_bytes_ = 0;  // of out_
    std::uint64_t sent_ = 0;      // events, each counted once
    std::uint64_t answered_ = 0;
    std::uint64_t acknowledged_ = 0;
    std::uint64_t refusals_ = 0;
    std::uint64_t refused_number_ = 0;
    std::vector<Acknowledged> fresh_;
    std::deque<std::string> unanswered_;  // where it retries
    std::size_t unanswered_bytes_ = 0;
    std::deque<std::string> again_;  // before anything else of the source
    std::string large_;              // waits until nothing is in flight
    bool has_large_ = false;
    bool ended_ = true;     // the connection
    std::string lost_;      // why, where another try may go well
    bool is_away_ = false;  // the server, which has been told
    std::string problem_;   // ends it
};

}  // namespace station::final_station
