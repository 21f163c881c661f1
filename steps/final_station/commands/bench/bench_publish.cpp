#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include "acknowledgements.hpp"
#include "bench.hpp"

namespace station::final_station {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t nanos_since(Clock::time_point since) {
    return static_cast<std::uint64_t>(std::chrono::nanoseconds{Clock::now() - since}.count());
}

// One publishing thread.
class LoadPublisher {
  public:
    LoadPublisher(log::Topic topic, const BenchOptions& options, std::uint64_t quota)
        : topic_(std::move(topic)), options_(options), quota_(quota), payload_(options.size, 'x') {}

    void run(Clock::time_point until) {
        until_ = until;
        if (options_.in_flight > 1) {
            run_window();
        } else if (options_.batch > 1) {
            run_batches();
        } else {
            run_one_by_one();
        }
    }

    std::uint64_t events() const { return events_; }
    const metrics::Histogram& latency() const { return latency_; }
    std::error_code error() const { return error_; }

  private:
    bool more() const { return quota_ != 0 ? events_ < quota_ : Clock::now() < until_; }

    void run_one_by_one() {
        while (more()) {
            const auto began = Clock::now();
            const auto receipt = topic_.publish(payload_);
            if (!receipt) {
                error_ = receipt.error();
                return;
            }
            latency_.record(nanos_since(began));
            ++events_;
        }
    }

    void run_batches() {
        const std::vector<log::Message> messages(options_.batch, log::Message{log::as_bytes(payload_)});
        while (more()) {
            const auto began = Clock::now();
            const auto receipts = topic_.publish_batch(messages);
            if (!receipts) {
                error_ = receipts.error();
                return;
            }
            latency_.record(nanos_since(began), messages.size());
            events_ += messages.size();
        }
    }

    // Acknowledgements come in order, so a ring of requests is a window: the slot that is needed next is the oldest.
    struct Slot : log::PublishRequest {
        LoadPublisher* publisher = nullptr;
        log::Message message;
        Clock::time_point began;
    };

    void run_window() {
        // Reading the clock twice for each event would be a good part of the work: some of them stand for all.
        constexpr std::uint64_t kSampled = 16;
        std::vector<Slot> ring(options_.in_flight);
        for (Slot& slot : ring) {
            slot.publisher = this;
            slot.message = {log::as_bytes(payload_)};
            slot.messages = {&slot.message, 1};
            slot.done = acknowledged;
        }
        std::uint64_t submitted = 0;
        while (quota_ != 0 ? submitted < quota_ : submitted % 256 != 0 || Clock::now() < until_) {
            if (submitted >= ring.size()) {
                const std::uint64_t least = submitted - ring.size() + 1;
                acknowledgements_.wait_for(least, least + ring.size() / 2 - 1);
            }
            Slot& slot = ring[submitted % ring.size()];
            slot.began = submitted % kSampled == 0 ? Clock::now() : Clock::time_point{};
            auto error = topic_.submit(slot);
            while (error == log::Errc::queue_full) {
                std::this_thread::yield();
                error = topic_.submit(slot);
            }
            if (error) {
                error_ = error;
                break;
            }
            ++submitted;
        }
        acknowledgements_.wait_for(submitted, submitted);
        events_ = submitted;
    }

    static void acknowledged(log::PublishRequest& request, std::error_code error) noexcept {
        auto& slot = static_cast<Slot&>(request);
        LoadPublisher& self = *slot.publisher;
        if (error) self.error_ = error;
        if (slot.began != Clock::time_point{}) self.latency_.record(nanos_since(slot.began));
        self.acknowledgements_.one_more();
    }

    log::Topic topic_;
    const BenchOptions& options_;
    const std::uint64_t quota_;
    const std::string payload_;
    Clock::time_point until_;
    std::uint64_t events_ = 0;
    metrics::Histogram latency_;
    std::error_code error_;
    Acknowledgements acknowledgements_;
};

}  // namespace

PublishResult publish_load(log::Bus& bus, const BenchOptions& options) {
    PublishResult result;
    std::vector<log::Topic> topics;
    for (std::size_t i = 0; i < options.topics; ++i) {
        auto topic = bus.topic("bench-" + std::to_string(i));
        if (!topic) {
            result.error = topic.error().message();
            return result;
        }
        topics.push_back(std::move(*topic));
    }
    std::vector<std::unique_ptr<LoadPublisher>> publishers;
    const std::uint64_t quota =
        options.events == 0 ? 0 : std::max<std::uint64_t>(1, options.events / options.publishers);
    for (std::size_t i = 0; i < options.publishers; ++i) {
        publishers.push_back(std::make_unique<LoadPublisher>(topics[i % topics.size()], options, quota));
    }
    const BenchRun run;
    const auto until =
        run.began + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{options.seconds});
    {
        std::vector<std::jthread> threads;
        for (auto& publisher : publishers) threads.emplace_back([&publisher, until] { publisher->run(until); });
    }
    result.seconds = run.seconds();
    result.cores = run.cores();
    for (const auto& publisher : publishers) {
        result.events += publisher->events();
        result.latency.merge(publisher->latency());
        if (publisher->error()) result.error = publisher->error().message();
    }
    for (const log::Topic& topic : topics) {
        const log::TopicStats stats = topic.stats();
        result.syncs += stats.syncs;
        result.synced_events += stats.synced_events;
    }
    return result;
}

}  // namespace station::final_station
