#include <loadgen/hammer/summary.hpp>
#include <loadgen/hammer/text.hpp>

#include <array>
#include <cstdio>
#include <station/base/numbers.hpp>

namespace station::hammer {
namespace {

constexpr std::array kPercents{50.0, 90.0, 99.0, 99.9, 100.0};

std::string row(std::string_view name, std::string_view value, std::string_view more = {}) {
    char text[256];
    std::snprintf(text, sizeof text, "  %-18.*s %15.*s%s%.*s\n", static_cast<int>(name.size()), name.data(),
                  static_cast<int>(value.size()), value.data(), more.empty() ? "" : "  ", static_cast<int>(more.size()),
                  more.data());
    return text;
}

std::string row(std::string_view name, std::uint64_t count, std::string_view more = {}) {
    return row(name, base::with_commas(count), more);
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
    char text[32];
    std::snprintf(text, sizeof text, "%5.1f %%", 100 * static_cast<double>(part) / static_cast<double>(whole));
    return text;
}

std::string percentiles(std::string_view name, const metrics::Histogram& latency) {
    char text[64];
    std::snprintf(text, sizeof text, "  %-18.*s", static_cast<int>(name.size()), name.data());
    std::string line = text;
    for (const double percent : kPercents) {
        line += ' ' + right_aligned(latency_text(latency, percent), 9);
    }
    return line + '\n';
}

const char* const kPercentileNames = "                           p50       p90       p99     p99.9       max\n";

std::string deliveries(const Deliveries& seen) {
    std::string text = "\n" + row("deliveries/s", measured_rate(seen.rate()),
                                  "to " + counted(seen.subscribed, "subscriber", "subscribers"));
    text += row("delivered", seen.events);
    text += row("not delivered", seen.missing, seen.missing == 0 ? "" : "acknowledged events");
    if (seen.repeated > 0) text += row("repeated", seen.repeated, "delivered twice, or out of order");
    if (seen.failed > 0) text += row("not subscribed", seen.failed, "subscribers that failed, or were cut");
    text += '\n' + std::string{kPercentileNames} + percentiles("publish to delivery", seen.latency);
    return text;
}

// What a server did wrong; nothing where it did nothing wrong.
std::string faults(const Result& result) {
    std::string text;
    const auto add = [&](std::string_view name, std::uint64_t count, std::string_view meaning) {
        if (count > 0) text += row(name, count, meaning);
    };
    add("unexpected", result.unexpected, "lines that nobody asked for");
    add("unsent", result.unsent, "were due, and could not be sent by the end");
    add("cut off", result.cut_off, "of them had no connection left");
    add("not connected", result.connect_failures, "connections that did not come about");
    add("ended by server", result.reset, "connections");
    if (!result.first_error.empty()) text += "  first error: " + result.first_error + '\n';
    return text;
}

}  // namespace

std::string summary(const Plan& plan, const Result& result) {
    const std::uint64_t total = result.replies.total();
    const auto elapsed = static_cast<std::uint64_t>(result.elapsed.count());
    std::string text = net::to_string(plan.target) + ": " + in_words(plan) + "\n\n";
    text += row("replies a second", measured_rate(result.rate()), elapsed > 0 ? "over " + short_time(elapsed) : "");
    if (plan.open_loop()) {
        text += row("due", result.due);
        text += row("unanswered", result.unanswered(),
                    result.unanswered() == 0 ? "" : "missing or unsent: latency counts them from due to the run's end");
    }
    text += row("sent", result.sent);
    for (const auto& [kind, count] : by_kind(result.replies)) text += row(kind, count, percent(count, total));
    text += row("missing", result.missing);
    text += faults(result);
    text += '\n' + std::string{kPercentileNames} + percentiles("latency", result.latency);
    if (plan.subscribers > 0) text += deliveries(result.deliveries);
    if (result.interrupted) text += "\ninterrupted: this is what was seen up to then\n";
    return text;
}

std::string omission(const Result& result) {
    const auto due = static_cast<double>(result.latency.percentile(99));
    const auto sent = static_cast<double>(result.from_sending.percentile(99));
    char ratio[64] = "–";
    if (sent > 0) std::snprintf(ratio, sizeof ratio, "%.1f", due / sent);
    return kPercentileNames + percentiles("from due", result.latency) +
           percentiles("from sending", result.from_sending) +
           "\nCoordinated omission: a client that sends only when it can measures from sending, and so "
           "leaves out the "
           "time\nthat requests waited to be sent while the server was slow; here the p99 that users see "
           "is " +
           ratio + " times what it says.\n";
}

}  // namespace station::hammer
