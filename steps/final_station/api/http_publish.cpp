#include "http_publish.hpp"

namespace station::final_station {
namespace {

class OnePublish final : public PublishClient {
  public:
    explicit OnePublish(asio::io_context& io) : answered_(io, net::Timer::time_point::max()) {}

    void published(PendingPublish&, const log::Topic&, std::error_code error,
                   std::span<const log::Receipt> receipts) override {
        if (error) {
            result = tl::unexpected(error);
        } else {
            result = receipts.front();
        }
        is_answered_ = true;
    }
    void all_published() override { answered_.cancel(); }

    net::Awaitable<void> wait() {
        if (!is_answered_) co_await answered_.async_wait(net::use_tuple);
    }

    PendingPublish pending;
    tl::expected<log::Receipt, std::error_code> result;

  private:
    net::Timer answered_;  // a flag to wait for: it never fires by itself
    bool is_answered_ = false;
};

}  // namespace

net::Awaitable<tl::expected<log::Receipt, std::error_code>> publish_one(IoThread& thread, log::Topic topic,
                                                                        std::string_view payload) {
    const auto client = std::make_shared<OnePublish>(thread.io);
    const log::Message message{log::as_bytes(payload), {}};
    client->pending.bytes_under_way = payload.size();
    thread.publishing.publish(topic, {&message, 1}, client, client->pending);
    co_await client->wait();
    co_return client->result;
}

}  // namespace station::final_station
