// From a connection to the log and back. What the connections of one I/O thread publish to a topic in one turn of its
// event loop goes to the log as one request, and comes back as one: the log's group commit sees few large requests
// instead of many small ones, and a thousand acknowledgements cost one wake-up.
//
// Everything here belongs to one I/O thread; only the log's `done` comes from another, and goes through the Mailbox.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine.hpp"
#include "mailbox.hpp"
#include "publish_counters.hpp"

namespace station::final_station {

// One or more publishes of a connection that are answered together; the connection keeps it until published() is
// called.
struct PendingPublish {
    std::uint32_t count = 1;
    std::size_t bytes_under_way = 0;  // payloads and headers
};

class PublishClient {
  public:
    // What became of the publishes, in their order: the first ones were acknowledged, as many as there are receipts;
    // the others met the error.
    virtual void published(PendingPublish& pending, const engine::Topic& topic, std::error_code error,
                           std::span<const log::Receipt> receipts) = 0;
    // After published(), once for all that arrived together: the time to send.
    virtual void all_published() = 0;

  protected:
    ~PublishClient() = default;
};

class PublishQueue {
  public:
    PublishQueue(asio::io_context& io, Mailbox& mailbox, PublishCounters& counters, std::size_t max_bytes);
    ~PublishQueue();

    // `pending.count` messages, none larger than the log takes. They are copied before this returns, and the answer
    // comes later, never from within; until then the queue keeps the client alive, and the client keeps `pending`.
    void publish(const engine::Topic& topic, std::span<const log::Message> messages,
                 std::shared_ptr<PublishClient> client, PendingPublish& pending);

    // Hands to the log what was collected; called by itself at the end of a turn.
    void flush();

  private:
    class Batch;
    struct BatchDeleter {
        void operator()(Batch* batch) const;
    };
    using BatchPointer = std::unique_ptr<Batch, BatchDeleter>;

    BatchPointer make_batch(const engine::Topic& topic);
    void submit(BatchPointer batch);
    void recycle(BatchPointer batch);

    asio::io_context& io_;
    Mailbox& mailbox_;
    PublishCounters& counters_;
    std::size_t max_bytes_;
    std::vector<BatchPointer> collecting_;  // one for each topic
    std::vector<BatchPointer> spare_;
    bool flush_posted_ = false;
};

}  // namespace station::final_station
