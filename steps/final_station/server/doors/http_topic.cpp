#include "http_topic.hpp"

#include <memory>
#include <optional>
#include <station/base/numbers.hpp>
#include <station/log/retention_text.hpp>
#include <station/wire/json_reader.hpp>

#include "server/async_flag.hpp"
#include "server/describe.hpp"
#include "server/origin.hpp"

namespace station::final_station {
namespace {

// A member that is not given changes nothing; null takes the limit away.
struct RetentionChange {
    std::optional<std::optional<std::uint64_t>> bytes;
    std::optional<std::optional<std::chrono::nanoseconds>> age;
    std::string problem;
};

void read_bytes(std::string_view raw, RetentionChange& change) {
    change.bytes.emplace();
    if (raw == "null") return;
    const auto bytes = base::parse_number<std::uint64_t>(raw);
    if (!bytes || *bytes == 0) change.problem = "retain_bytes must be a positive integer, or null";
    if (bytes) change.bytes = *bytes;
}

void read_age(std::string_view raw, RetentionChange& change) {
    change.age.emplace();
    if (raw == "null") return;
    const auto text = wire::read_string(raw);
    const auto age = text ? log::parse_age(*text) : std::nullopt;
    if (!age) change.problem = "retain_age must be a whole number of ms, s, m, h or d like \"7d\", or null";
    if (age) change.age = *age;
}

RetentionChange read_change(std::string_view body) {
    RetentionChange change;
    const auto kind = wire::read_members(body, [&](std::string_view key, std::string_view raw) {
        if (key == "retain_bytes") {
            read_bytes(raw, change);
        } else if (key == "retain_age") {
            read_age(raw, change);
        } else {
            change.problem = "the body may hold retain_bytes and retain_age, nothing else";
        }
    });
    if (kind != wire::JsonText::object) change.problem = "the body must be an object of JSON";
    if (change.problem.empty() && !change.bytes && !change.age)
        change.problem = "retain_bytes or retain_age is missing";
    return change;
}

// Waits for what a thread of its own does; the I/O thread goes on with other things meanwhile.
net::Awaitable<Topics::Made> wait_for(IoThread& thread, Topics::Work work) {
    struct Waiting {
        Topics::Made made = tl::unexpected(make_error_code(log::Errc::closed));
        AsyncFlag there;
    };
    const auto waiting = std::make_shared<Waiting>();
    thread.station.registry.carry_out(std::move(work), thread.mailbox, [waiting](Topics::Made made) {
        waiting->made = std::move(made);
        waiting->there.raise();
    });
    co_await waiting->there.wait();
    co_return waiting->made;
}

// Why nothing can be changed; empty where it can. `able`: the engine is able to.
std::string change_refusal(const HttpExchange& exchange, bool engine::Capabilities::*able) {
    Station& station = exchange.thread.station;
    const std::string* const origin = exchange.request.header("origin");
    const std::string* const host = exchange.request.header("host");
    if (origin != nullptr && !origin_allowed(station.origins, *origin, host != nullptr ? *host : "")) {
        station.counters.denied(Denial::foreign_origin);
        return exchange.refusal(403, "foreign_origin", "this page may not change anything here");
    }
    const std::string& name = exchange.path.at("name");
    if (!log::is_topic_name(name)) {
        return exchange.refusal(400, "bad_topic_name", "a topic's name is 1 to 128 of A-Z a-z 0-9 . _ -");
    }
    if (!station.find(name)) return exchange.refusal(404, "unknown_topic", "there is no such topic");
    const engine::Capabilities& capabilities = station.registry.engine().capabilities();
    return capabilities.*able ? std::string{} : exchange.refusal(501, "not_supported", capabilities.why_not);
}

std::string not_changed(const HttpExchange& exchange, std::error_code error) {
    const Refusal& why = refusal_of(error);
    return exchange.refusal(why.http_status, why.reason, error.message(),
                            why.http_status == 503 ? "Retry-After: 1\r\n" : "");
}

}  // namespace

// g++ 12 mishandles temporaries inside of a co_await expression: what is sent has a name first.
net::Awaitable<bool> change_topic(HttpExchange& exchange) {
    std::string response = change_refusal(exchange, &engine::Capabilities::retention);
    if (!response.empty()) co_return co_await exchange.send(response);
    const RetentionChange change = read_change(exchange.request.body);
    if (!change.problem.empty()) {
        response = exchange.refusal(400, "invalid_request", change.problem);
        co_return co_await exchange.send(response);
    }
    Topics::Work work = [name = exchange.path.at("name"), change](Topics& topics) -> Topics::Made {
        auto topic = topics.find(name);
        if (!topic) return tl::unexpected(make_error_code(log::Errc::no_such_topic));
        log::Retention retention = topic->retention();
        if (change.bytes) retention.bytes = *change.bytes;
        if (change.age) retention.age = *change.age;
        if (const auto error = topic->retain(retention)) return tl::unexpected(error);
        return *topic;
    };
    const Topics::Made changed = co_await wait_for(exchange.thread, std::move(work));
    response = changed ? exchange.response(200, kJson, describe_topic(*changed) + "\n", kNotStored)
                       : not_changed(exchange, changed.error());
    co_return co_await exchange.send(response);
}

net::Awaitable<bool> delete_topic(HttpExchange& exchange) {
    std::string response = change_refusal(exchange, &engine::Capabilities::deletion);
    const std::string name = exchange.path.at("name");
    const std::string* const confirmed = exchange.request.parameter("confirm");
    if (response.empty() && (confirmed == nullptr || *confirmed != name)) {
        response = exchange.refusal(400, "not_confirmed", "confirm must be the topic's name: it goes for good");
    }
    if (!response.empty()) co_return co_await exchange.send(response);
    Topics::Work work = [name](Topics& topics) { return topics.remove(name); };
    const Topics::Made removed = co_await wait_for(exchange.thread, std::move(work));
    response = removed ? exchange.response(204, {}, {}, kNotStored) : not_changed(exchange, removed.error());
    co_return co_await exchange.send(response);
}

}  // namespace station::final_station
