// A topic whose events are a stream of JetStream's: publishes go to the one appender that this process has for it,
// cursors share its feed.
//
// What is known of the stream (its first and last event, its size) is as new as the last answer or event that came, and
// is looked at again by the engine every other second.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <station/base/guarded.hpp>
#include <string>
#include <system_error>

#include "engine/engine.hpp"
#include "engine/error.hpp"
#include "engine/jetstream/appender.hpp"
#include "engine/jetstream/stream.hpp"
#include "feed.hpp"

namespace station::engine {

// In the words of engine::Errc and log::Errc; what has none stays as it is.
std::error_code in_words(std::error_code error);

class ClusterTopic final : public AnyTopic, public std::enable_shared_from_this<ClusterTopic> {
  public:
    ClusterTopic(std::shared_ptr<jetstream::Connection> connection, std::string name, std::uint32_t number,
                 const jetstream::StreamState& stream, const jetstream::AppenderConfig& config);

    std::uint64_t first_offset() const override;
    std::uint64_t next_offset() const override;
    log::Condition condition() const override;
    std::string problem() const override { return {}; }
    log::TopicStats stats() const override;
    const log::RecoveryReport* recovery() const override { return nullptr; }
    log::Retention retention() const override { return {}; }
    std::error_code retain(const log::Retention&) override { return Errc::not_supported; }
    std::error_code submit(log::PublishRequest& request) override;
    std::unique_ptr<AnyCursor> subscribe_unlocated(const log::StartFrom& from) override;

    // For its cursors.
    const std::shared_ptr<jetstream::Connection>& connection() const { return connection_; }
    jetstream::StreamState stream_now() const;  // as it was seen last
    // The feed that there is, or one that begins at `offset`, which nobody has read up to yet.
    std::shared_ptr<Feed> feed(std::uint64_t offset);
    std::shared_ptr<Feed> present_feed() const;
    std::error_code end_reason() const;  // why nothing more will come; empty where more may
    void cursor_comes() { cursors_.fetch_add(1, std::memory_order_relaxed); }
    void cursor_goes() { cursors_.fetch_sub(1, std::memory_order_relaxed); }
    void read_failed() { read_errors_.fetch_add(1, std::memory_order_relaxed); }

    // For the engine.
    void seen(const jetstream::StreamState& stream);
    bool is_available() const;
    void gone();       // the stream was deleted
    void shut_down();  // what is unanswered is answered; waits for it

  private:
    class Request;
    using Clock = std::chrono::steady_clock;
    static constexpr Clock::duration kNever{};

    std::shared_ptr<jetstream::Appender> appender();
    std::shared_ptr<jetstream::Appender> present_appender() const;
    void answered(const log::PublishRequest& request, std::error_code error);

    const std::shared_ptr<jetstream::Connection> connection_;
    const jetstream::AppenderConfig config_;
    mutable base::Mutex mutex_;
    jetstream::StreamState stream_ STATION_GUARDED_BY(mutex_);
    std::uint64_t bytes_when_seen_ STATION_GUARDED_BY(mutex_) = 0;
    std::shared_ptr<jetstream::Appender> appender_ STATION_GUARDED_BY(mutex_);  // from the first publish on
    std::weak_ptr<Feed> feed_ STATION_GUARDED_BY(mutex_);                       // as long as a cursor has it
    std::atomic<bool> gone_{false};
    std::atomic<bool> closed_{false};
    std::atomic<Clock::duration> refused_at_{kNever};  // the last publish that nobody answered, and none was since
    std::atomic<std::uint64_t> events_{0};
    std::atomic<std::uint64_t> bytes_{0};
    std::atomic<std::uint64_t> groups_{0};
    std::atomic<std::uint64_t> rejected_{0};
    std::atomic<std::uint64_t> queued_{0};
    std::atomic<std::uint64_t> cursors_{0};
    std::atomic<std::uint64_t> read_errors_{0};
};

}  // namespace station::engine
