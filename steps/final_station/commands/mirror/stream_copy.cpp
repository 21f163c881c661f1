#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "copies.hpp"
#include "engine/jetstream/appender.hpp"
#include "engine/jetstream/search.hpp"

namespace station::final_station {
namespace {

constexpr std::size_t kMaxEventsUnderWay = 16384;
constexpr std::size_t kMaxBytesUnderWay = std::size_t{16} << 20;

// Events under way, with their bytes and what they must be.
struct CopiedEvents final : log::PublishRequest {
    std::vector<std::byte> bytes;
    std::vector<log::Stamp> stamps;
    std::vector<log::Message> copied;
    class StreamCopy* owner = nullptr;

    explicit CopiedEvents(std::span<const log::EventView> events) {
        std::size_t size = 0;
        for (const log::EventView& event : events) size += event.payload.size() + event.headers.size();
        bytes.reserve(size);
        stamps.reserve(events.size());
        const auto keep = [this](log::Bytes part) {
            const std::size_t at = bytes.size();
            bytes.insert(bytes.end(), part.begin(), part.end());
            return log::Bytes{bytes}.subspan(at);
        };
        for (const log::EventView& event : events) {
            stamps.push_back({event.id, event.time, event.offset});
            const log::Bytes payload = keep(event.payload);
            copied.push_back({payload, keep(event.headers), &stamps.back()});
        }
        messages = copied;
    }
};

class StreamCopy final : public Copy {
  public:
    StreamCopy(const std::shared_ptr<jetstream::Connection>& connection, std::string topic,
               const jetstream::StreamState& stream, std::optional<Last> last, std::function<void()> on_failure)
        : topic_(std::move(topic)),
          last_(last),
          on_failure_(std::move(on_failure)),
          next_offset_(stream.next_offset()),
          appender_(connection, topic_, stream, {.waits_for_ever = true, .alone = true}) {}

    const std::optional<Last>& last() const override { return last_; }

    tl::expected<void, std::string> put(std::span<const log::EventView> events) override {
        auto request = std::make_unique<CopiedEvents>(events);
        request->owner = this;
        request->done = [](log::PublishRequest& done, std::error_code error) noexcept {
            const std::unique_ptr<CopiedEvents> self{static_cast<CopiedEvents*>(&done)};
            self->owner->done(*self, error);
        };
        {
            std::unique_lock lock{mutex_};
            changed_.wait(lock, [this] { return has_room() || error_ || is_stopped_; });
            if (error_) return problem();
            if (is_stopped_) return {};
            events_ += events.size();
            bytes_ += request->bytes.size();
        }
        const std::error_code error = appender_.submit(*request);
        if (!error) {
            static_cast<void>(request.release());
            return {};
        }
        const std::lock_guard lock{mutex_};
        error_ = error;
        return problem();
    }

    tl::expected<void, std::string> settle() override {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return events_ == 0 || error_ || is_stopped_; });
        if (error_) return problem();
        return {};
    }

    tl::expected<void, std::string> finish() override { return settle(); }

    void stop() override {
        const std::lock_guard lock{mutex_};
        is_stopped_ = true;
        changed_.notify_all();
    }

    std::uint64_t stored() const override {
        const std::lock_guard lock{mutex_};
        return stored_;
    }

    void done(const CopiedEvents& request, std::error_code error) {
        const std::lock_guard lock{mutex_};
        events_ -= request.messages.size();
        bytes_ -= request.bytes.size();
        stored_ += request.acknowledged;
        next_offset_ += request.acknowledged;
        if (error && !error_ && !is_stopped_) {
            error_ = error;
            on_failure_();
        }
        changed_.notify_all();
    }

  private:
    bool has_room() const { return events_ == 0 || (events_ < kMaxEventsUnderWay && bytes_ < kMaxBytesUnderWay); }
    tl::unexpected<std::string> problem() const {
        return tl::unexpected(topic_ + ": event " + std::to_string(next_offset_) + ": " + error_.message());
    }

    const std::string topic_;
    const std::optional<Last> last_;
    const std::function<void()> on_failure_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t events_ = 0;  // under way
    std::size_t bytes_ = 0;
    std::uint64_t stored_ = 0;
    std::uint64_t next_offset_;
    std::error_code error_;
    bool is_stopped_ = false;
    jetstream::Appender appender_;  // last: its end answers all that is under way
};

}  // namespace

tl::expected<CopyPointer, std::string> stream_copy(const std::shared_ptr<jetstream::Connection>& connection,
                                                   const std::string& topic, std::optional<unsigned> replicas,
                                                   const Extent& feed, std::function<void()> on_failure) {
    const auto stream = jetstream::open_stream(*connection, topic, {.replicas = replicas, .base = feed.first_offset});
    if (!stream) return tl::unexpected(stream.error().message());
    std::optional<Copy::Last> last;
    if (stream->last > 0) {
        const auto event = jetstream::load(*connection, topic, *stream, stream->last);
        if (!event) return tl::unexpected(event.error().message());
        if (!*event) return tl::unexpected(topic + ": the last event of the stream was deleted: it is no copy");
        last = Copy::Last{stream->offset(stream->last), (*event)->decoded.id};
    }
    if (stream->next_offset() < feed.first_offset) {
        return tl::unexpected("the copy ends before offset " + std::to_string(stream->next_offset()) + ": " +
                              missing_in_words(topic, stream->next_offset(), feed.first_offset));
    }
    return std::make_unique<StreamCopy>(connection, topic, *stream, last, std::move(on_failure));
}

}  // namespace station::final_station
