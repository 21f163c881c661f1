// The reader as an actor. It has one question open at a time ("the next so many events"), and asks the next one when
// that is answered and not too much waits for poll(). See reader.hpp.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "block_builder.hpp"
#include "engine/jetstream/reader.hpp"
#include "loop.hpp"
#include "native_message.hpp"

namespace station::jetstream {

class Reader::Impl final : public Actor, public std::enable_shared_from_this<Reader::Impl> {
  public:
    Impl(std::shared_ptr<Connection> connection, std::string_view topic, const StreamState& stream,
         std::uint64_t offset);

    void begin();
    void close();  // any thread
    tl::expected<EventBlockPointer, std::error_code> poll();
    std::uint64_t position() const { return position_.load(std::memory_order_relaxed); }
    std::uint64_t next_offset() const { return next_offset_.load(std::memory_order_acquire); }
    void wait(std::function<void()> ready);
    bool stop_waiting();

    void arrived(const natsMsg& message, std::string_view what) override;
    void settled(Clock::time_point now) override;
    void tick(Clock::time_point now) override;
    void reconnected() override;

  private:
    enum class State { pausing, creating, reading, gone };

    void restart(Clock::time_point now, std::chrono::milliseconds pause);
    void create(Clock::time_point now);
    void created(std::string_view body, Clock::time_point now);
    void took(const Place& place, const natsMsg& message, Clock::time_point now);
    void told(const natsMsg& message, Clock::time_point now);
    void ask_for_more(Clock::time_point now);
    void forget_consumer();
    void hand_out();
    void end();
    std::size_t batch() const;
    bool may_ask();

    const std::shared_ptr<Connection> connection_;
    const std::string stream_;
    const std::uint64_t base_;
    const std::string token_;
    const std::string inbox_;

    std::mutex mutex_;
    std::deque<EventBlockPointer> blocks_;  // under the mutex, as is what follows
    std::size_t waiting_bytes_ = 0;
    std::size_t window_;  // bytes that may wait
    bool is_over_ = false;
    bool is_held_ = false;  // nothing is asked for, since too much waits
    std::function<void()> ready_;
    std::atomic<std::uint64_t> next_offset_;
    std::atomic<std::uint64_t> position_;
    std::atomic<bool> is_closed_{false};

    State state_ = State::pausing;
    std::uint64_t next_ = 1;        // the sequence that comes next
    std::uint64_t generation_ = 0;  // of consumers: what an earlier one says is passed by
    std::string consumer_;
    std::uint64_t delivery_ = 0;  // the consumer's own count of the last one
    bool has_asked_ = false;
    std::size_t asked_ = 0;       // events that are still to come of the question that is open
    std::size_t event_size_ = 0;  // on the average
    unsigned failures_ = 0;
    Clock::time_point deadline_;  // of what is waited for: an answer, a sign of life, the end of a pause
    BlockBuilder builder_;
    FieldViews fields_;
};

}  // namespace station::jetstream
