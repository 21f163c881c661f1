#include <loadgen/hammer/json.hpp>

#include <nlohmann/json.hpp>

namespace station::hammer {
namespace {

using Json = nlohmann::ordered_json;

Json to_object(const Plan& plan) {
    return {{"target", net::to_string(plan.target)},
            {"connections", plan.connections},
            {"threads", plan.threads},
            {"loop", plan.hold.count() > 0 ? "hold"
                     : plan.open_loop()    ? "open"
                                           : "closed"},
            {"pipeline", plan.pipeline},
            {"rate_per_second", plan.rate},
            {"duration_ns", plan.duration.count()},
            {"requests", plan.requests},
            {"ramp_ns", plan.ramp.count()},
            {"hold_ns", plan.hold.count()},
            {"patience_ns", plan.patience.count()},
            {"mix", plan.mix == Mix::echo ? "echo"
                    : plan.mix == Mix::ws ? "ws"
                                          : "events"},
            {"reads_share", plan.reads},
            {"users", plan.users},
            {"buys_only", plan.buys_only},
            {"payload_bytes", plan.payload},
            {"topic", plan.topic},
            {"subscribers", plan.subscribers},
            {"seed", plan.seed},
            {"idle", plan.idle},
            {"dribblers", plan.dribblers},
            {"dribble_every_ns", plan.dribble_every.count()}};
}

Json to_object(const Replies& replies) {
    return {{"total", replies.total()},           {"echoed", replies.echoed},
            {"accepted", replies.accepted},       {"ok", replies.ok},
            {"server_busy", replies.server_busy}, {"shutting_down", replies.shutting_down},
            {"errors", replies.errors},           {"other", replies.other},
            {"mismatched", replies.mismatched}};
}

// null where nothing was measured: 0 ns would be a fast reply.
template <typename Number>
Json measured(std::uint64_t count, Number number) {
    return count == 0 ? Json() : Json(number);
}

Json to_object(const metrics::Histogram& latency) {
    const auto seen = [&](auto number) { return measured(latency.count(), number); };
    return {{"count", latency.count()},
            {"min", seen(latency.min())},
            {"mean", seen(latency.mean())},
            {"p50", seen(latency.percentile(50))},
            {"p90", seen(latency.percentile(90))},
            {"p99", seen(latency.percentile(99))},
            {"p99_9", seen(latency.percentile(99.9))},
            {"max", seen(latency.max())}};
}

Json to_object(const Sample& sample) {
    return {{"at_ns", sample.at.count()},
            {"sent", sample.sent},
            {"replies", to_object(sample.replies)},
            {"p50_ns", measured(sample.measured, sample.p50)},
            {"p99_ns", measured(sample.measured, sample.p99)},
            {"open", sample.open},
            {"delivered", sample.delivered}};
}

Json to_object(const Span& span) {
    return {{"started_ns", span.started.count()},
            {"first_reply_ns", span.first_reply.count()},
            {"ended_ns", span.ended.count()}};
}

Json to_object(const Deliveries& deliveries) {
    return {{"subscribed", deliveries.subscribed},  {"failed", deliveries.failed},
            {"total", deliveries.events},           {"missing", deliveries.missing},
            {"repeated", deliveries.repeated},      {"elapsed_ns", deliveries.elapsed.count()},
            {"rate_per_second", deliveries.rate()}, {"latency_ns", to_object(deliveries.latency)}};
}

template <typename Item>
Json to_array(const std::vector<Item>& items) {
    Json array = Json::array();
    for (const Item& item : items) array.push_back(to_object(item));
    return array;
}

Json to_object(const Result& result) {
    return {{"elapsed_ns", result.elapsed.count()},
            {"rate_per_second", result.rate()},
            {"due", result.due},
            {"sent", result.sent},
            {"replies", to_object(result.replies)},
            {"unanswered", result.unanswered()},
            {"missing", result.missing},
            {"unexpected", result.unexpected},
            {"unsent", result.unsent},
            {"cut_off", result.cut_off},
            {"connected", result.connected},
            {"connect_failures", result.connect_failures},
            {"reset", result.reset},
            {"first_error", result.first_error},
            {"interrupted", result.interrupted},
            {"latency_ns", to_object(result.latency)},
            {"latency_from_sending_ns", to_object(result.from_sending)},
            {"deliveries", to_object(result.deliveries)},
            {"series", to_array(result.series)},
            {"spans", to_array(result.spans)}};
}

}  // namespace

std::string to_json(const Plan& plan, const Result& result) {
    const Json document = {{"plan", to_object(plan)}, {"result", to_object(result)}};
    // Errors can quote what a server sent, which need not be UTF-8.
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace station::hammer
