// Where a mirror's events come from: a folder, a server that runs, or a stream in JetStream. One thread; interrupt()
// from any.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <station/log/cursor.hpp>
#include <string>
#include <tl/expected.hpp>

#include "client/web_client.hpp"
#include "engine/jetstream/connection.hpp"

namespace station::final_station {

struct Extent {
    std::uint64_t first_offset = 0;
    std::uint64_t next_offset = 0;
};

class Feed {
  public:
    // Gets events in order, offset by offset without a hole; views that it shows are gone when it returns. False ends
    // it.
    using Sink = std::function<bool(std::span<const log::EventView>)>;

    Feed() = default;
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;
    virtual ~Feed() = default;

    // Errors are one line, for people.
    virtual tl::expected<Extent, std::string> extent() = 0;
    // The events from an offset on; up to `until`, or for ever, as they come. It ends without an error there, where
    // the sink says so, and after an interrupt(). Events that are missing are an error.
    virtual tl::expected<void, std::string> run(std::uint64_t from, std::optional<std::uint64_t> until,
                                                const Sink& sink) = 0;
    virtual void interrupt() = 0;
};

using FeedPointer = std::unique_ptr<Feed>;

tl::expected<FeedPointer, std::string> folder_feed(const std::string& dir, const std::string& topic);
FeedPointer server_feed(const Remote& server, const std::string& topic);
FeedPointer stream_feed(std::shared_ptr<jetstream::Connection> connection, const std::string& topic);

// What is said of a feed that jumps from one offset to another.
std::string missing_in_words(const std::string& topic, std::uint64_t from, std::uint64_t to);

}  // namespace station::final_station
