#include <loadgen/hammer/talk/report.hpp>

#include <algorithm>
#include <loadgen/hammer/text.hpp>
#include <nlohmann/json.hpp>
#include <station/base/numbers.hpp>

namespace station::hammer::talk {
namespace {

using Object = nlohmann::ordered_json;

Object object_of(const Plan& plan) {
    return {{"target", plan.target ? net::to_string(*plan.target) : plan.start},
            {"mix", "chat"},
            {"members", plan.members},
            {"posters", plan.posters},
            {"readers_share", plan.readers},
            {"loop", plan.rate > 0 ? "open" : "closed"},
            {"rate_per_second", plan.rate},
            {"typing_per_second", plan.typing},
            {"reconnects_per_second", plan.reconnects},
            {"duration_ns", plan.duration.count()},
            {"patience_ns", plan.patience.count()},
            {"payload_bytes", plan.payload},
            {"threads", plan.threads},
            {"seed", plan.seed}};
}

// null where nothing was measured: 0 ns would be fast.
Object object_of(const metrics::Histogram& latency) {
    const auto seen = [&](auto number) { return latency.count() == 0 ? Object() : Object(number); };
    return {{"count", latency.count()},
            {"p50", seen(latency.percentile(50))},
            {"p90", seen(latency.percentile(90))},
            {"p99", seen(latency.percentile(99))},
            {"p99_9", seen(latency.percentile(99.9))},
            {"max", seen(latency.max())}};
}

Object object_of(const Result& result) {
    if (!result.cost) return nullptr;
    const Cost& cost = *result.cost;
    return {{"processor_ns", cost.processor.count()},
            {"messages_per_processor_second", result.processor_rate()},
            {"resident_alone_bytes", cost.resident_alone},
            {"resident_full_bytes", cost.resident_full},
            {"resident_after_bytes", cost.resident_after},
            {"resident_bytes_per_connection", result.bytes_a_connection()}};
}

Object moments_of(const Result& result) {
    Object list = Object::array();
    for (const Moment& moment : result.moments) {
        list.push_back(
            {{"at_ns", moment.at.count()}, {"acknowledged", moment.acknowledged}, {"delivered", moment.delivered}});
    }
    return list;
}

std::string line(std::string_view name, const std::string& value, std::string_view meaning = {}) {
    std::string text = "  " + std::string{name};
    text.append(25 - std::min<std::size_t>(text.size(), 25), ' ');
    text += right_aligned(value, 12);
    if (!meaning.empty()) text += "  " + std::string{meaning};
    return text + '\n';
}

std::string line(std::string_view name, std::uint64_t count, std::string_view meaning = {}) {
    return line(name, base::with_commas(count), meaning);
}

std::string times(std::string_view name, const metrics::Histogram& latency) {
    std::string row = "  " + std::string{name};
    row.append(25 - std::min<std::size_t>(row.size(), 25), ' ');
    for (const double percent : {50.0, 99.0, 99.9, 100.0})
        row += ' ' + right_aligned(latency_text(latency, percent), 9);
    return row + '\n';
}

std::string faults(const Result& result) {
    std::string text;
    const auto add = [&](std::string_view name, std::uint64_t count, std::string_view meaning) {
        if (count > 0) text += line(name, count, meaning);
    };
    const Tally& seen = result.seen;
    text += line("lost", result.lost, "acknowledged, and not seen by a member: each member counts");
    text += line("doubled", seen.doubled + result.stored_twice);
    text += line("out of order", seen.out_of_order);
    add("not stored", result.not_stored, "acknowledged, and not in what the room holds");
    add("conflicts", result.conflicts, "a message at two places, or two at one");
    add("altered", seen.altered, "another text than was said");
    add("refused", seen.refused, "answered with an error");
    add("unanswered", seen.unanswered, "");
    add("unexpected", seen.unexpected, "what nobody asked for");
    if (result.due > seen.said) add("unsaid", result.due - seen.said, "were due; the load generator came too late");
    add("cut by the server", seen.cut_by_server, "connections; they came back");
    add("left out", seen.incomplete, "reconnects that had missed more than the chat sends again");
    if (result.ran_out_of_patience) text += "  something did not come in time\n";
    if (!result.failure.empty()) text += "  failed: " + result.failure + '\n';
    if (!seen.first_error.empty()) text += "  first error: " + seen.first_error + '\n';
    return text;
}

std::string costs(const Result& result) {
    if (!result.cost) return {};
    std::string text;
    if (result.processor_rate() > 0) {
        text += line("messages/processor s", measured_rate(result.processor_rate()),
                     "of the server's, until they are in its tables");
    }
    if (result.members > 0) text += line("bytes a connection", result.bytes_a_connection(), "resident, all connected");
    return text;
}

}  // namespace

std::string to_json(const Plan& plan, const Result& result) {
    const Tally& seen = result.seen;
    const Object outcome = {{"right", result.right()},
                            {"elapsed_ns", result.elapsed.count()},
                            {"rate_per_second", result.rate()},
                            {"due", result.due},
                            {"said", seen.said},
                            {"acknowledged", result.acknowledged},
                            {"delivered", seen.delivered},
                            {"members", result.members},
                            {"lost", result.lost},
                            {"doubled", seen.doubled + result.stored_twice},
                            {"out_of_order", seen.out_of_order},
                            {"not_stored", result.not_stored},
                            {"conflicts", result.conflicts},
                            {"altered", seen.altered},
                            {"refused", seen.refused},
                            {"unanswered", seen.unanswered},
                            {"unexpected", seen.unexpected},
                            {"reconnects", seen.reconnects},
                            {"cut_by_server", seen.cut_by_server},
                            {"left_out", seen.incomplete},
                            {"sent_again", seen.sent_again},
                            {"duplicates", seen.duplicates},
                            {"typing_heard", seen.typing_heard},
                            {"ran_out_of_patience", result.ran_out_of_patience},
                            {"interrupted", result.interrupted},
                            {"failure", result.failure},
                            {"first_error", seen.first_error},
                            {"ack_ns", object_of(seen.ack)},
                            {"seen_ns", object_of(seen.seen)},
                            {"caught_up_ns", object_of(seen.caught_up)},
                            {"own_processor_ns", result.own_processor.count()},
                            {"server", object_of(result)},
                            {"series", moments_of(result)}};
    const Object document = {{"plan", object_of(plan)}, {"result", outcome}};
    return document.dump(2, ' ', false, Object::error_handler_t::replace) + '\n';
}

std::string summary(const Plan& plan, const Result& result) {
    const Tally& seen = result.seen;
    std::string text = "chat: " + counted(plan.members, "member", "members");
    if (plan.posters > 0) text += ", said by " + counted(plan.posters, "poster", "posters");
    text += plan.rate > 0 ? ", open loop of " + exact_rate(plan.rate) + "/s\n\n" : ", closed loop\n\n";
    text += line("messages a second", measured_rate(result.rate()));
    text += line("acknowledged", result.acknowledged);
    text += line("seen", seen.delivered, "by all members together");
    if (seen.reconnects > 0) {
        text += line("reconnects", seen.reconnects,
                     base::with_commas(seen.sent_again) + " sent again, " + base::with_commas(seen.duplicates) +
                         " of them were there");
    }
    if (result.elapsed.count() > 0) {
        const double own = std::chrono::duration<double>(result.own_processor) / result.elapsed;
        text +=
            line("own processors", measured_rate(own), "where it is near --threads, the load generator was the limit");
    }
    text += costs(result) + faults(result);
    text += "\n                              p50       p99     p99.9       max\n" + times("said to durable", seen.ack);
    if (plan.members > 0) text += times("said to seen", seen.seen);
    if (seen.reconnects > 0) text += times("back to caught up", seen.caught_up);
    if (result.interrupted) text += "\ninterrupted: this is what was seen up to then\n";
    return text;
}

}  // namespace station::hammer::talk
