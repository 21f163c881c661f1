#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "engine/jetstream/reader.hpp"
#include "engine/jetstream/stream.hpp"
#include "feed.hpp"

namespace station::final_station {
namespace {

class StreamFeed final : public Feed {
  public:
    StreamFeed(std::shared_ptr<jetstream::Connection> connection, std::string topic)
        : connection_(std::move(connection)), topic_(std::move(topic)) {}

    tl::expected<Extent, std::string> extent() override {
        const auto state = jetstream::stream_state(*connection_, topic_);
        if (!state) return tl::unexpected(state.error().message());
        return Extent{state->first_offset(), state->next_offset()};
    }

    tl::expected<void, std::string> run(std::uint64_t from, std::optional<std::uint64_t> until,
                                        const Sink& sink) override {
        const auto state = jetstream::stream_state(*connection_, topic_);
        if (!state) return tl::unexpected(state.error().message());
        jetstream::Reader reader{connection_, topic_, *state, from};
        while (!until || from < *until) {
            const auto block = reader.poll();
            if (!block) return tl::unexpected(topic_ + ": " + block.error().message());
            if (!*block) {
                if (!wait(reader)) return {};
                continue;
            }
            std::span<const log::EventView> events = (*block)->events;
            if (until) events = events.first(std::min<std::uint64_t>(events.size(), *until - from));
            for (const log::EventView& event : events) {
                if (event.offset != from) return tl::unexpected(missing_in_words(topic_, from, event.offset));
                ++from;
            }
            if (!sink(events)) return {};
        }
        return {};
    }

    void interrupt() override {
        const std::lock_guard lock{mutex_};
        is_interrupted_ = true;
        changed_.notify_all();
    }

  private:
    // False: it was interrupted.
    bool wait(jetstream::Reader& reader) {
        has_more_ = false;
        reader.wait([this] {
            const std::lock_guard lock{mutex_};
            has_more_ = true;
            changed_.notify_all();
        });
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return has_more_ || is_interrupted_; });
        if (has_more_) return !is_interrupted_;
        lock.unlock();
        // Where it is too late to stop it, it is being called.
        const bool is_stopped = reader.stop_waiting();
        lock.lock();
        changed_.wait(lock, [&] { return has_more_ || is_stopped; });
        return false;
    }

    const std::shared_ptr<jetstream::Connection> connection_;
    const std::string topic_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool has_more_ = false;
    bool is_interrupted_ = false;
};

}  // namespace

FeedPointer stream_feed(std::shared_ptr<jetstream::Connection> connection, const std::string& topic) {
    return std::make_unique<StreamFeed>(std::move(connection), topic);
}

}  // namespace station::final_station
