// Reads a topic's events from a place on, and then live. It asks for so many at a time (a pull consumer of its own,
// that keeps nothing on disk), so that a reader who does not poll costs a few megabytes here and nothing at the
// servers, and no thread of anybody's is ever blocked. A hole in what comes, a node that goes, a consumer that is
// lost: it begins again behind the last event that it gave, and nothing is missing or doubled.
//
// One thread at a time polls. Each costs one consumer at the cluster: who has many live cursors of a topic shares one
// (EventBlocks may be shared), and gives those that are behind a reader each.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>

#include "connection.hpp"
#include "event_block.hpp"
#include "stream.hpp"

namespace station::jetstream {

class Reader {
  public:
    // Begins at `offset`, or at the first one that is there behind it. Does not wait.
    Reader(std::shared_ptr<Connection> connection, std::string_view topic, const StreamState& stream,
           std::uint64_t offset);
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader();  // any thread, a callback of the loop's too; does not wait

    // What has come, or nullptr. Errc::no_stream: the stream has gone, and no more will come. While JetStream can't
    // be reached nothing comes, which is no error.
    tl::expected<EventBlockPointer, std::error_code> poll();

    // The offset behind the last event that poll() gave.
    std::uint64_t position() const;
    // One behind the last event that is known to be in the stream. Any thread.
    std::uint64_t next_offset() const;

    // Calls `ready` once, on the loop's thread, or before this returns, when poll() has something to say, unless
    // stop_waiting() returns true first.
    void wait(std::function<void()> ready);
    bool stop_waiting();

    class Impl;

  private:
    std::shared_ptr<Impl> impl_;
};

}  // namespace station::jetstream
