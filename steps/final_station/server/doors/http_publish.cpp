#include "http_publish.hpp"

#include "server/async_flag.hpp"

namespace station::final_station {
namespace {

class OnePublish final : public PublishClient {
  public:
    void published(PendingPublish&, const log::Topic&, std::error_code error,
                   std::span<const log::Receipt> receipts) override {
        if (error) {
            result = tl::unexpected(error);
        } else {
            result = receipts.front();
        }
    }
    void all_published() override { answered.raise(); }

    PendingPublish pending;
    tl::expected<log::Receipt, std::error_code> result;
    AsyncFlag answered;
};

}  // namespace

net::Awaitable<tl::expected<log::Receipt, std::error_code>> publish_one(IoThread& thread, log::Topic topic,
                                                                        std::string_view payload) {
    const auto client = std::make_shared<OnePublish>();
    const log::Message message{log::as_bytes(payload), {}};
    client->pending.bytes_under_way = payload.size();
    thread.publishing.publish(topic, {&message, 1}, client, client->pending);
    co_await client->answered.wait();
    co_return client->result;
}

}  // namespace station::final_station
