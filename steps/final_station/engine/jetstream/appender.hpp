// The one writer of a topic in this process: exactly once and in order, over a network and servers that come and go.
//
// Each message names the sequence that must be the last one before it (Nats-Expected-Last-Sequence), many in flight
// at a time, so JetStream itself refuses whatever would be doubled or out of order. After a refusal, a lost
// connection or a long silence the stream's tail is read: what it holds is acknowledged, what it does not hold is
// sent again, in order. Who else is in that tail is told by Station-Writer: a younger writer ends this one
// (Errc::fenced, for good), another program's events just move the place on. Where such an event took the place of
// one of ours and JetStream had already taken those behind it, that one is left out and says so (Errc::overtaken),
// since it could only come too late; while others are seen to write, one message at a time is in flight, and that
// can't happen.
//
// Why not Nats-Expected-Last-Msg-Id, which would refuse those behind it: nats-server 2.9 forgets the last id on a
// replica that has caught up, which would then refuse what the others store.
//
// submit() may be called from any thread, and never blocks; `done` is called on the loop's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <station/log/publish.hpp>
#include <string_view>
#include <system_error>

#include "connection.hpp"
#include "stream.hpp"

namespace station::jetstream {

struct AppenderConfig {
    std::size_t max_events = 65536;  // that wait or are in flight; more are log::Errc::queue_full
    std::size_t max_bytes = std::size_t{64} << 20;
    bool waits_for_ever = false;  // no event is ever answered `unavailable`: for a copy, which has no time to keep
    bool alone = false;           // another program's event in the tail is Errc::fenced, too
};

class Appender {
  public:
    // Of a stream that is there; its state tells the base. Does not wait.
    Appender(std::shared_ptr<Connection> connection, std::string_view topic, const StreamState& stream,
             const AppenderConfig& config);
    Appender(const Appender&) = delete;
    Appender& operator=(const Appender&) = delete;
    // What is unanswered is answered with log::Errc::closed. Waits for the loop: never from one of its callbacks.
    ~Appender();

    // As log::Topic::submit(). Ids and times are given here, unless there is a stamp: then they are kept, and its
    // offset must be the one that comes next (log::Errc::out_of_order). An event that is refused ends its request:
    // those behind it in the same request get no answer of their own, and are not sent unless they already were.
    std::error_code submit(log::PublishRequest& request);

    // One behind the last event that is known to be stored. Any thread.
    std::uint64_t next_offset() const;
    // Whether anything was answered of late: false from when events met Errc::unavailable until JetStream answers.
    bool is_available() const;
    bool is_fenced() const;

    class Impl;

  private:
    std::shared_ptr<Impl> impl_;
};

}  // namespace station::jetstream
