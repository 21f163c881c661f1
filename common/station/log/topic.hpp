// A topic: an append-only list of events with dense offsets. A handle, cheap to copy; any thread may call anything.
// It may outlive its Bus, and then says Errc::closed.
#pragma once

#include <memory>
#include <span>
#include <station/log/config.hpp>
#include <station/log/cursor.hpp>
#include <station/log/publish.hpp>
#include <station/log/retention.hpp>
#include <station/log/topic_stats.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace station::log {

class Topic {
  public:
    const std::string& name() const;
    std::uint32_t stream() const;
    std::uint64_t first_offset() const;  // events before it have gone by retention
    std::uint64_t next_offset() const;   // events before it can be read
    Condition condition() const;
    const RecoveryReport& recovery() const;
    // Where its condition is unreadable: what kept it from being opened, and where.
    const Error& problem() const;
    TopicStats stats() const;
    const Durability& durability() const;  // of its bus
    std::size_t max_payload() const;       // bytes
    // Only a ledger appends to it: publishing through any handle but claim()'s is Errc::ledger_topic.
    bool is_ledger() const;
    // What of it is kept. Set, it is durable when this returns without an error, and what is too much already has gone
    // as far as it can: waits for the disk. Errc::ledger_topic of a ledger's topic, which keeps everything.
    Retention retention() const;
    std::error_code retain(const Retention& retention);
    // The offsets that its segments begin with, ascending.
    std::vector<std::uint64_t> segment_bases() const;

    // For a ledger: makes the topic its own, durably, and returns the handle that may publish. Nobody else may have
    // published to it.
    tl::expected<Topic, std::error_code> claim();

    // Waits until the event is as safe as the bus's durability promises. An error: it was not acknowledged, and will
    // not be; after a failed write or sync it may still turn up at the next start.
    tl::expected<Receipt, std::error_code> publish(Bytes payload, Bytes headers = {}, OnFull on_full = OnFull::wait);
    tl::expected<Receipt, std::error_code> publish(std::string_view payload, OnFull on_full = OnFull::wait) {
        return publish(as_bytes(payload), {}, on_full);
    }
    // All at once, in order. Not a transaction: a crash may keep the first ones only, and so may an error.
    tl::expected<std::vector<Receipt>, std::error_code> publish_batch(std::span<const Message> messages,
                                                                      OnFull on_full = OnFull::wait);
    // The same, and it says which: `stored` gets the receipts of the first ones, as many as were acknowledged. An error
    // is what the next one met.
    std::error_code publish_batch(std::span<const Message> messages, std::vector<Receipt>& stored,
                                  OnFull on_full = OnFull::wait);

    // Does not wait. Requests that one thread submits, or that are submitted one after the other by whatever threads,
    // are appended and acknowledged in that order. Errc::queue_full where too many wait already. One without messages
    // is done before this returns.
    std::error_code submit(PublishRequest& request);
    // Only hands it in: it waits until this thread calls lead(), or others' requests are written.
    std::error_code hand_in(PublishRequest& request);
    // One of the bus's threads will write what was handed in.
    void write_soon();
    // Where nobody writes to the topic now, this thread writes a group of what waits before it returns: it waits for
    // the disk, and saves two switches between threads.
    void lead();

    // Waits until all that was acknowledged before is durable, whatever the bus promises. An error of the disk's is
    // final: the topic has failed.
    std::error_code sync();

    // With a completion token of Asio's, void(std::error_code, Receipt); the bytes are copied. In async.hpp.
    template <typename CompletionToken>
    auto async_publish(Bytes payload, Bytes headers, CompletionToken&& token);
    template <typename CompletionToken>
    auto async_publish(std::string_view payload, CompletionToken&& token);

    // Never fails: what can't be read now, the cursor says. See Cursor::locate().
    Cursor subscribe(const StartFrom& from);
    // The same, and its place is looked for when somebody asks for it: for who may not wait for the disk here.
    Cursor subscribe_unlocated(const StartFrom& from);

  private:
    std::error_code refusal() const;
    // Nobody's but the ledger's, whose handle says so.
    bool refuses() const;

    friend class Bus;
    friend class RecordReader;
    explicit Topic(std::shared_ptr<TopicEntry> entry) : entry_(std::move(entry)) {}
    std::shared_ptr<TopicEntry> entry_;
    bool claimed_ = false;
};

}  // namespace station::log
