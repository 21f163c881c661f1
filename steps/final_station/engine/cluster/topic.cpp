#include "topic.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include "cursor.hpp"

namespace station::engine {
namespace {

constexpr std::chrono::seconds kTrouble{10};  // how long a publish that met no answer tells of the next one

}  // namespace

std::error_code in_words(std::error_code error) {
    if (error.category() != jetstream::jetstream_category()) return error;
    switch (static_cast<jetstream::Errc>(error.value())) {
        case jetstream::Errc::unreachable:
        case jetstream::Errc::unavailable: return Errc::unavailable;
        case jetstream::Errc::fenced: return Errc::fenced;
        case jetstream::Errc::overtaken: return Errc::overtaken;
        case jetstream::Errc::other_settings: return Errc::foreign;
        case jetstream::Errc::no_stream: return log::Errc::topic_deleted;
        case jetstream::Errc::refused:
        case jetstream::Errc::bad_answer:
        case jetstream::Errc::bad_url: break;
    }
    return error;
}

// A door's request on its way through the appender, which has words of its own for what goes wrong.
class ClusterTopic::Request final : public log::PublishRequest {
  public:
    Request(std::shared_ptr<ClusterTopic> topic, log::PublishRequest& asked) : topic_(std::move(topic)), asked_(asked) {
        messages = asked.messages;
        receipts = asked.receipts;
        done = [](log::PublishRequest& request, std::error_code error) noexcept {
            const std::unique_ptr<Request> self{static_cast<Request*>(&request)};
            self->asked_.acknowledged = self->acknowledged;
            const std::error_code words = in_words(error);
            self->topic_->answered(*self, words);
            self->asked_.done(self->asked_, words);
        };
    }

  private:
    const std::shared_ptr<ClusterTopic> topic_;
    log::PublishRequest& asked_;
};

ClusterTopic::ClusterTopic(std::shared_ptr<jetstream::Connection> connection, std::string name, std::uint32_t number,
                           const jetstream::StreamState& stream, const jetstream::AppenderConfig& config)
    : AnyTopic(std::move(name), number), connection_(std::move(connection)), config_(config), stream_(stream) {}

std::uint64_t ClusterTopic::first_offset() const { return stream_now().first_offset(); }

std::uint64_t ClusterTopic::next_offset() const {
    std::uint64_t next = stream_now().next_offset();
    if (const auto appender = present_appender()) next = std::max(next, appender->next_offset());
    if (const auto feed = present_feed()) next = std::max(next, feed->next_offset());
    return next;
}

log::Condition ClusterTopic::condition() const {
    if (gone_) return log::Condition::deleted;
    if (closed_) return log::Condition::closed;
    const auto appender = present_appender();
    return appender != nullptr && appender->is_fenced() ? log::Condition::failed : log::Condition::open;
}

log::TopicStats ClusterTopic::stats() const {
    log::TopicStats stats;
    stats.events = events_.load(std::memory_order_relaxed);
    stats.bytes = bytes_.load(std::memory_order_relaxed);
    stats.groups = groups_.load(std::memory_order_relaxed);
    stats.rejected = rejected_.load(std::memory_order_relaxed);
    stats.queued = queued_.load(std::memory_order_relaxed);
    stats.read_errors = read_errors_.load(std::memory_order_relaxed);
    stats.cursors = cursors_.load(std::memory_order_relaxed);
    const base::Lock lock{mutex_};
    stats.disk_bytes = stream_.bytes + (stats.bytes - bytes_when_seen_);
    return stats;
}

std::error_code ClusterTopic::submit(log::PublishRequest& request) {
    if (const auto over = end_reason()) return over;
    if (request.messages.empty()) {
        request.done(request, {});
        return {};
    }
    try {
        const auto its = appender();
        auto forwarded = std::make_unique<Request>(shared_from_this(), request);
        queued_.fetch_add(request.messages.size(), std::memory_order_relaxed);
        const std::error_code refused = its->submit(*forwarded);
        if (!refused) {
            (void)forwarded.release();  // the appender's, until it is done
            return {};
        }
        queued_.fetch_sub(request.messages.size(), std::memory_order_relaxed);
        rejected_.fetch_add(request.messages.size(), std::memory_order_relaxed);
        return in_words(refused);
    } catch (const std::bad_alloc&) {
        return std::make_error_code(std::errc::not_enough_memory);
    }
}

void ClusterTopic::answered(const log::PublishRequest& request, std::error_code error) {
    const std::size_t all = request.messages.size();
    queued_.fetch_sub(all, std::memory_order_relaxed);
    events_.fetch_add(request.acknowledged, std::memory_order_relaxed);
    rejected_.fetch_add(all - request.acknowledged, std::memory_order_relaxed);
    groups_.fetch_add(1, std::memory_order_relaxed);
    std::uint64_t bytes = 0;
    for (const log::Message& message : request.messages.first(request.acknowledged)) {
        bytes += log::record_size(message.payload.size(), message.headers.size());
    }
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
    if (error == log::Errc::topic_deleted) gone();
    if (error == Errc::unavailable) {
        refused_at_.store(Clock::now().time_since_epoch(), std::memory_order_relaxed);
    } else if (request.acknowledged > 0) {
        refused_at_.store(kNever, std::memory_order_relaxed);
    }
}

std::unique_ptr<AnyCursor> ClusterTopic::subscribe_unlocated(const log::StartFrom& from) {
    return std::make_unique<ClusterCursor>(shared_from_this(), from);
}

jetstream::StreamState ClusterTopic::stream_now() const {
    const base::Lock lock{mutex_};
    return stream_;
}

std::shared_ptr<Feed> ClusterTopic::feed(std::uint64_t offset) {
    const base::Lock lock{mutex_};
    if (auto there = feed_.lock()) return there;
    const auto made = std::make_shared<Feed>(connection_, name(), stream_, offset);
    feed_ = made;
    made->start();
    return made;
}

std::shared_ptr<Feed> ClusterTopic::present_feed() const {
    const base::Lock lock{mutex_};
    return feed_.lock();
}

std::error_code ClusterTopic::end_reason() const {
    if (gone_) return log::Errc::topic_deleted;
    return closed_ ? log::Errc::closed : std::error_code{};
}

void ClusterTopic::seen(const jetstream::StreamState& stream) {
    const base::Lock lock{mutex_};
    const std::uint64_t last = std::max(stream_.last, stream.last);
    stream_ = stream;
    stream_.last = last;  // an answer may be older than what is known already
    bytes_when_seen_ = bytes_.load(std::memory_order_relaxed);
}

bool ClusterTopic::is_available() const {
    const auto refused = refused_at_.load(std::memory_order_relaxed);
    if (refused != kNever && Clock::now().time_since_epoch() - refused < kTrouble) return false;
    const auto appender = present_appender();
    return appender == nullptr || appender->is_available();
}

void ClusterTopic::gone() {
    gone_ = true;
    if (const auto feed = present_feed()) feed->end();
}

void ClusterTopic::shut_down() {
    closed_ = true;
    std::shared_ptr<jetstream::Appender> appender;
    {
        const base::Lock lock{mutex_};
        appender = std::move(appender_);
    }
    appender.reset();
    if (const auto feed = present_feed()) feed->end();
}

std::shared_ptr<jetstream::Appender> ClusterTopic::appender() {
    const base::Lock lock{mutex_};
    if (appender_ == nullptr) {
        appender_ = std::make_shared<jetstream::Appender>(connection_, name(), stream_, config_);
    }
    return appender_;
}

std::shared_ptr<jetstream::Appender> ClusterTopic::present_appender() const {
    const base::Lock lock{mutex_};
    return appender_;
}

}  // namespace station::engine
