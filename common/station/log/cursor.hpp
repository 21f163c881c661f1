// A position in a topic's log. It never knows whether it is replaying or live: it reads what lies before the
// watermark, and sleeps there. It costs the writer nothing, however far it falls behind.
//
// One thread at a time uses a cursor; cancel() alone may come from any thread. It may outlive its Bus: it then reads
// what is there, and says Errc::closed where it would wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <station/log/error.hpp>
#include <station/log/record.hpp>
#include <station/log/recovery_report.hpp>
#include <station/log/target.hpp>

namespace station::log {

struct TopicEntry;

// An event as it lies in the log. payload and headers are views of what the cursor has read: see Cursor::poll().
using EventView = Record;

enum class Edge { inclusive, exclusive };

class StartFrom {
  public:
    static StartFrom beginning() { return offset(0); }
    static StartFrom now() { return StartFrom{std::nullopt}; }
    // exclusive: from the first event behind the one named.
    static StartFrom offset(std::uint64_t offset, Edge edge = Edge::inclusive);
    static StartFrom time(std::int64_t unix_nanos, Edge edge = Edge::inclusive);
    static StartFrom event(const EventId& id, Edge edge = Edge::inclusive);
    // "beginning", "now", "offset:7", "time:2026-11-27T10:00:00Z", "ago:5m", "event:<uuid>"; what a time may be is said
    // in base/timestamp.hpp. The ways to be wrong are told apart because a time is wrong in more ways than one.
    struct Problem {
        bool of_time = false;  // it is a place in time that can't be read, or is one of another unit
        std::string detail;
    };
    static tl::expected<StartFrom, Problem> parse(std::string_view text, Edge edge = Edge::inclusive);

    const std::optional<Target>& target() const { return target_; }  // nullopt: now

  private:
    explicit StartFrom(const std::optional<Target>& target) : target_(target) {}
    std::optional<Target> target_;
};

// What a subscription resumed: known once locate() has said no error.
struct Start {
    std::uint64_t from_offset = 0;   // the first event it will give
    std::uint64_t first_offset = 0;  // of the log
    std::uint64_t next_offset = 0;   // of the log, when it was opened
    bool complete = true;            // nothing behind the place asked for is gone
    std::optional<bool> matched;     // where an event was named: the topic holds it
};

// Events from `from` up to `to` that have gone by retention before a cursor came to them.
struct Lost {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
};

class Cursor {
  public:
    using Batch = std::span<const EventView>;
    struct Limits {
        std::size_t events = 1024;
        std::size_t bytes = std::size_t{1} << 20;  // one event is always given, however large
        bool may_wait = true;                      // for the disk, where the events are not in memory
    };

    Cursor(Cursor&&) noexcept;
    Cursor& operator=(Cursor&&) noexcept;
    ~Cursor();

    // Finds its place, which takes reading: empty where start() is known. An error (no descriptor, no memory, the
    // disk's own): not now, and the same call may find it later. poll() does it first, where nobody has.
    std::error_code locate();
    const Start& start() const;
    std::uint64_t position() const;  // the offset of the next event, once everything before it was given
    std::uint64_t lag() const;       // events between position() and the log's end

    // What is there now, perhaps nothing. Views stay valid until the next call of poll(), next() or next_batch(), or
    // the cursor's end; the log itself never changes under them.
    // Errc::damaged: the next event is lost; damage() says what and where, and it stays so until skip_damage().
    // Errc::retained: said once where events have gone by retention that this cursor had still to read; lost() says
    // which, and the next poll goes on behind them.
    // Errc::topic_deleted: nothing is left of the topic.
    // Errc::closed, Errc::topic_failed: all was read, and no more will come. Errc::cancelled: once after a cancel().
    // Any other error (no descriptor, no memory, the disk's own): the next events can't be read now. Nothing was passed
    // by, it is no end, and the next poll() tries again.
    // Errc::not_in_memory: only where the limits say that it may not wait.
    tl::expected<Batch, std::error_code> poll(const Limits& limits);
    tl::expected<Batch, std::error_code> poll() { return poll(Limits{}); }

    // Where a poll that may not wait has said Errc::not_in_memory: does what it would have done, and waits for the
    // disk. What came of it the next poll() gives. Any thread, while no other one uses the cursor.
    void bring_in(const Limits& limits);

    // Gives back what the last batch showed, and with it all the memory and mappings the cursor holds. After an empty
    // batch it holds none in any case.
    void release();

    // As poll(), but waits until there is something. Errc::timed_out, where it takes longer than that.
    tl::expected<Batch, std::error_code> next_batch(const Limits& limits,
                                                    std::optional<std::chrono::nanoseconds> timeout = {});
    tl::expected<Batch, std::error_code> next_batch() { return next_batch(Limits{}); }
    // One event; waits for it.
    tl::expected<EventView, std::error_code> next(std::optional<std::chrono::nanoseconds> timeout = {});

    const Damage& damage() const;
    void skip_damage();
    const Lost& lost() const;  // where poll() has said Errc::retained

    // For many cursors that stand at the same event: one of them reads on, and the others, whose position() is where it
    // began, get what it read by another way, and go on at its place. nullptr: it has to read for itself (it looks for
    // its start, stands before damage, or has something to say).
    class Place;
    std::shared_ptr<const Place> place() const;
    bool has_place() const;
    // Of a cursor of the same topic; only where this one has a place, too.
    void go_on_at(const Place& place);

    // Ends the wait under way, or else the next one, with Errc::cancelled. Any thread.
    void cancel();

    // For async.hpp: calls `ready` once, on any thread, when poll() may have something new to say, unless
    // stop_waiting() returns true first.
    void wait(std::function<void()> ready);
    bool stop_waiting();
    class Impl;
    const std::shared_ptr<Impl>& impl() const { return impl_; }
    static void cancel(Impl& impl);

  private:
    friend class Topic;
    explicit Cursor(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

}  // namespace station::log
