#include "publishing.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace station::final_station {
namespace {

constexpr std::size_t kMaxBatchBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxBatchMessages = 8192;
constexpr std::size_t kMaxSpare = 8;

}  // namespace

class PublishQueue::Batch final : public log::PublishRequest, public Mailbox::Item {
  public:
    Batch(PublishQueue& queue, const engine::Topic& topic) : queue_(queue), topic_(topic) {
        done = [](log::PublishRequest& request, std::error_code error) noexcept {
            auto& self = static_cast<Batch&>(request);
            self.error_ = error;
            self.queue_.mailbox_.push(self);
        };
    }

    const engine::Topic& topic() const { return topic_; }
    std::size_t bytes() const { return bytes_.size(); }
    std::size_t size() const { return collected_.size(); }

    void restart(const engine::Topic& topic) { topic_ = topic; }

    // All of it, or std::bad_alloc and nothing: a message without its entry would shift the answers of all behind it.
    void add(std::span<const log::Message> together, std::shared_ptr<PublishClient> client, PendingPublish& pending) {
        if (collected_.empty()) began_ = std::chrono::steady_clock::now();
        std::size_t bytes = 0;
        for (const log::Message& message : together) bytes += message.payload.size() + message.headers.size();
        expect(bytes_, bytes);
        expect(collected_, together.size());
        expect(entries_, 1);
        for (const log::Message& message : together) {
            const auto put = [this](log::Bytes part) {
                const std::size_t at = bytes_.size();
                bytes_.insert(bytes_.end(), part.begin(), part.end());
                return Part{at, part.size()};
            };
            const Part payload = put(message.payload);
            collected_.push_back({payload, put(message.headers)});
        }
        entries_.push_back({std::move(client), &pending});
    }

    // The log's from here on, where it says no error.
    std::error_code submit() try {
        messages_.clear();
        messages_.reserve(collected_.size());
        receipts_.resize(collected_.size());
        const log::Bytes all{bytes_};
        for (const auto& [payload, headers] : collected_) {
            messages_.push_back({all.subspan(payload.at, payload.size), all.subspan(headers.at, headers.size)});
        }
        messages = messages_;
        receipts = receipts_.data();
        return topic_.submit(*this);
    } catch (const std::bad_alloc&) {
        return std::make_error_code(std::errc::not_enough_memory);  // nothing has been handed in yet
    }

    void refuse(std::error_code error) {
        acknowledged = 0;
        error_ = error;
        queue_.mailbox_.push(*this);
    }

    void arrived() override {
        BatchPointer self{this};
        const auto took = std::chrono::steady_clock::now() - began_;
        queue_.counters_.published(acknowledged, collected_.size() - acknowledged, bytes_.size(), error_, took);
        auto left = std::span<const log::Receipt>{receipts_}.first(acknowledged);
        for (const Entry& entry : entries_) {
            const std::size_t count = std::min<std::size_t>(entry.pending->count, left.size());
            const bool whole = count == entry.pending->count;
            entry.client->published(*entry.pending, topic_, whole ? std::error_code{} : error_, left.first(count));
            left = left.subspan(count);
        }
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            // A client that is next in line again will send it all then.
            if (i + 1 == entries_.size() || entries_[i + 1].client != entries_[i].client) {
                entries_[i].client->all_published();
            }
        }
        queue_.recycle(std::move(self));
    }

    void clear() {
        bytes_.clear();
        collected_.clear();
        entries_.clear();
        error_ = {};
        if (bytes_.capacity() > 2 * kMaxBatchBytes) bytes_.shrink_to_fit();
    }

  private:
    // Room for so many more, twice as much at a time.
    template <typename T>
    static void expect(std::vector<T>& in, std::size_t more) {
        if (in.capacity() - in.size() < more) in.reserve(std::max(in.size() + more, in.size() * 2));
    }

    struct Part {
        std::size_t at = 0;
        std::size_t size = 0;
    };
    struct Entry {
        std::shared_ptr<PublishClient> client;
        PendingPublish* pending;
    };

    PublishQueue& queue_;
    engine::Topic topic_;
    std::vector<std::byte> bytes_;
    std::vector<std::pair<Part, Part>> collected_;  // payload, headers
    std::vector<Entry> entries_;
    std::vector<log::Message> messages_;
    std::vector<log::Receipt> receipts_;
    std::error_code error_;
    std::chrono::steady_clock::time_point began_;
};

void PublishQueue::BatchDeleter::operator()(Batch* batch) const { delete batch; }

PublishQueue::PublishQueue(asio::io_context& io, Mailbox& mailbox, PublishCounters& counters, std::size_t max_bytes)
    : io_(io), mailbox_(mailbox), counters_(counters), max_bytes_(max_bytes) {}

PublishQueue::~PublishQueue() = default;

PublishQueue::BatchPointer PublishQueue::make_batch(const engine::Topic& topic) {
    if (spare_.empty()) return BatchPointer{new Batch{*this, topic}};
    BatchPointer batch = std::move(spare_.back());
    spare_.pop_back();
    batch->restart(topic);
    return batch;
}

void PublishQueue::recycle(BatchPointer batch) {
    batch->clear();
    if (spare_.size() < kMaxSpare) spare_.push_back(std::move(batch));
}

void PublishQueue::publish(const engine::Topic& topic, std::span<const log::Message> messages,
                           std::shared_ptr<PublishClient> client, PendingPublish& pending) {
    auto found = std::find_if(collecting_.begin(), collecting_.end(),
                              [&](const BatchPointer& batch) { return batch->topic().stream() == topic.stream(); });
    if (found == collecting_.end()) {
        collecting_.push_back(make_batch(topic));
        found = collecting_.end() - 1;
    }
    counters_.received(messages.size());
    (*found)->add(messages, std::move(client), pending);
    if ((*found)->bytes() >= kMaxBatchBytes || (*found)->size() >= kMaxBatchMessages) {
        BatchPointer full = std::move(*found);
        collecting_.erase(found);
        submit(std::move(full));
    } else if (!flush_posted_) {
        asio::post(io_, [this] { flush(); });
        flush_posted_ = true;  // behind what may throw: the next publish posts it then
    }
}

void PublishQueue::flush() {
    flush_posted_ = false;
    std::vector<BatchPointer> ready;
    ready.swap(collecting_);
    for (BatchPointer& batch : ready) submit(std::move(batch));
    ready.clear();
    if (collecting_.empty()) collecting_.swap(ready);  // keeps the vector's memory
}

void PublishQueue::submit(BatchPointer batch) {
    const std::size_t bytes = batch->bytes();
    std::error_code error;
    // A batch may be larger than what is left, so that one larger than the whole limit can ever get in.
    if (counters_.in_flight_bytes.fetch_add(bytes, std::memory_order_relaxed) >= max_bytes_) {
        error = log::Errc::queue_full;
    }
    Batch* const submitted = batch.release();
    if (!error) error = submitted->submit();
    if (error) submitted->refuse(error);
}

}  // namespace station::final_station
