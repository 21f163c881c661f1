#include "http_publish.hpp"

#include "make_topic.hpp"
#include "server/async_flag.hpp"
#include "server/origin.hpp"
#include "server/session/control.hpp"

namespace station::final_station {
namespace {

class OnePublish final : public PublishClient {
  public:
    void published(PendingPublish&, const engine::Topic&, std::error_code error,
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

net::Awaitable<tl::expected<log::Receipt, std::error_code>> publish_one(IoThread& thread, engine::Topic topic,
                                                                        std::string_view payload) {
    const auto client = std::make_shared<OnePublish>();
    const log::Message message{log::as_bytes(payload), {}};
    client->pending.bytes_under_way = payload.size();
    thread.publishing.publish(topic, {&message, 1}, client, client->pending);
    co_await client->answered.wait();
    co_return client->result;
}

std::string published(const HttpExchange& exchange, const log::Receipt& receipt) {
    return exchange.response(201, kJson,
                             R"({"id":")" + receipt.id.to_text() + R"(","offset":)" + std::to_string(receipt.offset) +
                                 R"(,"time":)" + std::to_string(receipt.time) + "}\n");
}

std::string not_published(const HttpExchange& exchange, std::error_code error) {
    const Refusal& why = refusal_of(error);
    const bool later = why.http_status == 429 || why.http_status == 503;
    return exchange.refusal(why.http_status, why.reason, error.message(), later ? "Retry-After: 1\r\n" : "");
}

}  // namespace

// g++ 12 mishandles temporaries inside of a co_await expression: what is sent has a name first.
net::Awaitable<bool> publish(HttpExchange& exchange) {
    Station& station = exchange.thread.station;
    const std::string* const origin = exchange.request.header("origin");
    const std::string* const host = exchange.request.header("host");
    if (origin != nullptr && !origin_allowed(station.origins, *origin, host != nullptr ? *host : "")) {
        station.counters.denied(Denial::foreign_origin);
        const std::string refused = exchange.refusal(403, "foreign_origin", "this page may not publish here");
        co_return co_await exchange.send(refused);
    }
    const Topics::Made topic = co_await find_or_make(exchange.thread, exchange.path.at("name"));
    std::error_code error = topic ? std::error_code{} : topic.error();
    if (!error && exchange.request.body.size() > station.limits.max_payload) error = log::Errc::payload_too_large;
    tl::expected<log::Receipt, std::error_code> receipt = tl::unexpected(error);
    if (error) {
        station.counters.refused(error);
    } else {
        receipt = co_await publish_one(exchange.thread, *topic, exchange.request.body);
    }
    const std::string response = receipt ? published(exchange, *receipt) : not_published(exchange, receipt.error());
    co_return co_await exchange.send(response);
}

}  // namespace station::final_station
