// The appender as an actor: what waits, what is in flight, and what becomes of it. See appender.hpp for the rules.
//
// The loop's thread owns all of it, but for what stands under the mutex or is atomic.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <station/log/event_id.hpp>
#include <station/log/publish.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/jetstream/appender.hpp"
#include "engine/jetstream/connection.hpp"
#include "loop.hpp"
#include "native_message.hpp"
#include "tail_reader.hpp"

namespace station::jetstream {

class Appender::Impl final : public Actor, public std::enable_shared_from_this<Appender::Impl> {
  public:
    Impl(std::shared_ptr<Connection> connection, std::string_view topic, const StreamState& stream,
         const AppenderConfig& config);

    void begin();  // once, before anything else
    std::error_code submit(log::PublishRequest& request);
    void close();  // on the loop's thread

    std::uint64_t next_offset() const { return confirmed_shown_.load(std::memory_order_acquire) + base_; }
    bool is_available() const { return is_available_.load(std::memory_order_acquire); }
    bool is_fenced() const { return is_fenced_.load(std::memory_order_acquire); }
    const std::shared_ptr<Connection>& connection() const { return connection_; }

    void arrived(const natsMsg& message, std::string_view what) override;
    void settled(Clock::time_point now) override;
    void tick(Clock::time_point now) override;
    void reconnected() override;

  private:
    // A request whose messages are here.
    struct Taken {
        log::PublishRequest* request = nullptr;
        std::size_t left = 0;  // of its messages, those without an answer
        std::error_code error;
    };
    enum class State { waiting, in_flight, stored, failed };
    struct Item {
        Taken* taken = nullptr;
        std::size_t index = 0;  // in its request
        std::size_t bytes = 0;
        State state = State::waiting;
        bool has_id = false;
        log::EventId id;
        std::int64_t time = 0;
        std::uint64_t sequence = 0;  // that it has, or is meant to get
        std::error_code error;
        Clock::time_point taken_at;

        const log::Message& message() const { return taken->request->messages[index]; }
        bool is_decided() const { return state == State::stored || state == State::failed; }
    };

    void take(Clock::time_point now);
    void send_some(Clock::time_point now);
    bool has_room() const;
    bool send_one(Item& item, std::uint64_t number);
    NativeMessage encoded(Item& item, std::uint64_t number);
    void name(Item& item);
    void answered(std::uint64_t number, const natsMsg& message, Clock::time_point now);
    void recover(Clock::time_point now);
    void resolve(const TailReader::Tail& tail, Clock::time_point now);
    void judge(const TailReader::Event& event, std::size_t& from, Clock::time_point now);
    void open_at(const TailReader::Tail& tail);
    void decide(Item& item, State state, std::error_code error = {});
    void expire(Clock::time_point now);
    void answer();
    void finish(const Item& item);
    void fail_all(std::error_code error);
    void fence(const char* why);

    const std::shared_ptr<Connection> connection_;
    const std::string topic_;
    const std::string subject_;
    const std::uint64_t base_;
    const AppenderConfig config_;
    const std::string token_;
    const std::string inbox_;
    TailReader tail_reader_;

    std::mutex mutex_;
    std::vector<log::PublishRequest*> incoming_;  // under the mutex
    std::size_t events_ = 0;                      // under the mutex: without an answer
    std::size_t bytes_ = 0;                       // the same
    bool is_closed_ = false;                      // under the mutex
    std::atomic<bool> is_available_{true};
    std::atomic<bool> is_fenced_{false};
    std::atomic<std::uint64_t> confirmed_shown_{0};

    log::EventId writer_;
    log::EventIdGenerator ids_;
    std::int64_t last_time_ = 0;
    std::deque<Taken> taken_;
    std::deque<Item> items_;
    std::uint64_t front_number_ = 0;  // of items_.front(): numbers are never given twice
    std::size_t sent_ = 0;            // the first ones of items_, decided or in flight
    std::size_t in_flight_ = 0;
    std::size_t bytes_in_flight_ = 0;
    unsigned recoveries_ = 0;          // since an event was stored
    std::uint64_t epoch_ = 0;          // of sending; answers of an earlier one are passed by
    bool is_open_ = false;             // the stream's end was read once
    std::uint64_t confirmed_ = 0;      // sequences up to here are known
    std::uint64_t expected_ = 0;       // the last sequence, once all that is in flight is stored
    Clock::time_point last_progress_;  // something was stored
    Clock::time_point last_resolved_;  // the stream's end was read
    Clock::time_point careful_until_;  // others write, too: one message at a time
};

}  // namespace station::jetstream
