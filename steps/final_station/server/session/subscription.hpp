// A cursor that belongs to a connection: read while the connection takes in what it reads, asleep while there is
// nothing new, and untouched while the connection is busy or its client does not read. It has no buffer: a client that
// comes back after an hour is served from the log.
//
// A read that fails for want of a descriptor, of memory, or by the disk's own error is tried again, after pauses that
// grow; the client is told once, and again only after reading has worked in between.
//
// Belongs to its connection's thread; only the log's wake-up comes from another, through the mailbox. Who sleeps or
// pauses holds no mapping and no descriptor.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <tl/expected.hpp>

#include "control.hpp"
#include "engine/engine.hpp"
#include "server/io_thread.hpp"
#include "tail.hpp"

namespace station::final_station {

class Subscription final : public ReaderPool::Work, public std::enable_shared_from_this<Subscription> {
  public:
    // The cursor knows its place. on_news: there may be something to read again.
    Subscription(IoThread& thread, const engine::Topic& topic, engine::Cursor cursor, SubscriptionPlace place,
                 EventForm form, std::function<void()> on_news);

    const engine::Topic& topic() const { return topic_; }
    EventForm form() const { return form_; }
    std::uint64_t lag() const { return fetching_ ? lag_ : cursor_.lag(); }
    std::uint64_t position() const { return fetching_ ? position_ : cursor_.position(); }
    // Nothing can be read before on_news.
    bool waits() const { return state_ != State::awake && state_ != State::over; }
    bool over() const { return state_ == State::over; }
    // Since when reading has failed, again and again; empty while it works.
    std::optional<Clock::time_point> failing_since() const;

    struct Read {
        engine::Cursor::Batch events;       // valid until release() or the next read()
        std::optional<log::Damage> damage;  // events that are lost; the next read() goes on behind them
        std::optional<log::Lost> lost;      // events that retention took before they were read, in the same way
        std::error_code error;              // to be told: reading fails, or is over()
        const TailChunk* chunk = nullptr;   // the events, as others have encoded them; instead of `events`
        bool live = false;                  // it had seen everything before
    };
    // Nothing new: sleeps until there is.
    Read read(const engine::Cursor::Limits& limits);
    // Gives back what was read, with all that the cursor holds for it.
    void release() {
        if (!fetching_) cursor_.release();
    }

    // Whose events are encoded in the same way shares them with this one.
    void share_as(int form) { key_ = TailKey{topic_.stream(), form}; }
    // What it reads now is for others, too. After a read(): what it read is that chunk's.
    bool shares() const { return key_ && !fetching_ && cursor_.has_place() && cursor_.lag() <= Tail::kEvents; }
    void complete(TailChunk& chunk, engine::Cursor::Batch events) const;

    // Forgets its connection; the last call.
    void end();

    void arrived() override;

  private:
    void wait_for_disk() noexcept override { cursor_.bring_in(fetched_); }

    // fetching: a thread that may wait for the disk has the cursor, and nobody else touches it.
    enum class State { awake, asleep, pausing, fetching, over };
    struct Retry {
        explicit Retry(asio::io_context& io) : timer(io) {}
        net::Timer timer;
        Clock::time_point since = Clock::now();
        std::chrono::milliseconds pause{0};
    };

    void sleep();
    void fetch(const engine::Cursor::Limits& limits);
    void pause();
    void wake();

    IoThread& thread_;
    engine::Topic topic_;
    engine::Cursor cursor_;
    SubscriptionPlace place_;
    std::function<void()> on_news_;
    std::shared_ptr<Subscription> self_;  // while the log or the mailbox knows this
    std::unique_ptr<Retry> retry_;        // while reading fails
    State state_ = State::awake;
    engine::Cursor::Limits fetched_;
    std::uint64_t lag_ = 0;  // as they were when the cursor was given away
    std::uint64_t position_ = 0;
    EventForm form_;
    std::optional<TailKey> key_;
    bool live_ = false;      // it has been asleep since it last read
    bool fetching_ = false;  // see State; still so where it is over
};

// Before a subscription is promised: a cursor that knows its place, or why that can't be found now. Looking for it
// takes reading, so it is done elsewhere: `found` is called later, on this thread, and keeps alive whom it calls.
using Located = tl::expected<engine::Cursor, std::error_code>;
void locate(IoThread& thread, const engine::Topic& topic, const log::StartFrom& from,
            std::function<void(Located)> found);

// What a subscriber is told of a read's error: {"type":"error","reason":"read_failed","topic":…,"detail":…};
// "topic_failed" and "closed" where no more will come.
std::string read_error_text(const engine::Topic& topic, std::error_code error, std::string_view ref = {});
std::string_view read_error_reason(const engine::Topic& topic, std::error_code error);
std::string read_error_detail(const engine::Topic& topic, std::error_code error);

}  // namespace station::final_station
