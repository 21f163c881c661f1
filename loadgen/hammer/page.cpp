#include <loadgen/draw/captions.hpp>
#include <loadgen/draw/markup.hpp>
#include <loadgen/draw/page.hpp>
#include <loadgen/draw/percentiles.hpp>
#include <loadgen/hammer/page.hpp>
#include <loadgen/hammer/summary.hpp>
#include <loadgen/hammer/text.hpp>

#include <algorithm>

namespace station::hammer {
namespace {

using draw::Color;
using draw::Figure;
using draw::LineChart;
using draw::Series;
using draw::tag;
using draw::with_unit;

// A slice shorter than this says little.
constexpr Nanoseconds kShortestSlice = std::chrono::milliseconds{50};
constexpr double kNanosecondsPerMs = 1e6;

double in_seconds(Nanoseconds time) { return std::chrono::duration<double>(time).count(); }

// Without the last slice where the end of the run has cut it short.
std::vector<Sample> whole_slices(const Result& result) {
    std::vector<Sample> slices = result.series;
    if (slices.size() > 1 && slices.back().at - slices[slices.size() - 2].at < kShortestSlice) slices.pop_back();
    return slices;
}

template <typename Count>
Series rate_of(const std::string& kind, Color color, const std::vector<Sample>& slices, Count count) {
    Series series{.name = {.kind = kind}, .color = color};
    Nanoseconds before{0};
    for (const Sample& slice : slices) {
        const double length = in_seconds(slice.at - before);
        before = slice.at;
        if (length > 0) series.points.push_back({in_seconds(slice.at), static_cast<double>(count(slice)) / length});
    }
    return series;
}

double lowest(const Series& series) {
    double low = series.points.empty() ? 0 : series.points.front().y;
    for (const auto& point : series.points) low = std::min(low, point.y);
    return low;
}

double highest(const Series& series) {
    double high = 0;
    for (const auto& point : series.points) high = std::max(high, point.y);
    return high;
}

std::string between(const Series& series, const std::string& unit) {
    return "between " + draw::with_unit(lowest(series), "") + " and " + with_unit(highest(series), unit);
}

LineChart over_time(const std::string& label, const std::string& unit) {
    return {.x = {.label = "time", .unit = "s"}, .y = {.label = label, .unit = unit}};
}

Figure throughput(const std::vector<Sample>& slices) {
    LineChart chart = over_time("replies", "1/s");
    chart.series.push_back(
        rate_of("replies", Color::blue, slices, [](const Sample& slice) { return slice.replies.total(); }));
    std::string says = "In a tenth of a second the rate was " + between(chart.series.front(), "replies/s");
    Series busy = rate_of("busy", Color::red, slices, [](const Sample& slice) { return slice.replies.server_busy; });
    if (highest(busy) > 0) {
        says += ", up to " + draw::with_unit(highest(busy), "") + " of them refusals";
        chart.series.push_back(std::move(busy));
    }
    return {.id = "throughput",
            .title = "Replies a second",
            .about = "Each point is a tenth of a second.",
            .chart = std::move(chart),
            .says = slices.empty() ? "" : std::move(says)};
}

Figure latency(const std::vector<Sample>& slices, const std::string& from) {
    LineChart chart = over_time("latency", "ms");
    chart.y.scale = draw::Scale::log;
    Series p50{.name = {.kind = "p50"}, .color = Color::sky};
    Series p99{.name = {.kind = "p99"}, .color = Color::blue};
    for (const Sample& slice : slices) {
        if (slice.measured == 0) continue;
        p50.points.push_back({in_seconds(slice.at), static_cast<double>(slice.p50) / kNanosecondsPerMs});
        p99.points.push_back({in_seconds(slice.at), static_cast<double>(slice.p99) / kNanosecondsPerMs});
    }
    std::string says = "99 of 100 replies within " + with_unit(highest(p99), "ms") +
                       " in the slowest tenth of a second, " + with_unit(lowest(p99), "ms") + " in the fastest";
    const bool is_empty = p99.points.empty();
    chart.series = {std::move(p99), std::move(p50)};
    return {.id = "latency",
            .title = "Latency over time",
            .about = "Half of all replies came within p50, 99 of 100 within p99, counted " + from + ".",
            .chart = std::move(chart),
            .says = is_empty ? "" : std::move(says)};
}

Figure percentiles(const Plan& plan, const Result& result, const std::string& from) {
    LineChart chart{.x = {.label = "percentile", .unit = "%", .scale = draw::Scale::percentile},
                    .y = {.label = "latency", .unit = "ms", .scale = draw::Scale::log}};
    chart.series.push_back({.name = {.kind = from}, .points = draw::percentile_curve(result.latency)});
    if (plan.open_loop()) {
        chart.series.push_back({.name = {.kind = "from when it was sent"},
                                .color = Color::orange,
                                .points = draw::percentile_curve(result.from_sending)});
    }
    const auto in_ms = [&](double percent) {
        return with_unit(static_cast<double>(result.latency.percentile(percent)) / kNanosecondsPerMs, "ms");
    };
    std::string says = "Half of the replies within " + in_ms(50) + ", 99 of 100 within " + in_ms(99) +
                       ", the slowest after " + in_ms(100);
    if (plan.open_loop() && result.unanswered() > 0) {
        says = "Half of the requests waited " + in_ms(50) + " at most, 99 of 100 " + in_ms(99) +
               ", the longest wait was " + in_ms(100) + "; " +
               counted(result.unanswered(), "of them has", "of them have") + " no answer";
    }
    return {.id = "percentiles",
            .title = "Latency by percentile",
            .about = plan.open_loop()
                         ? "Where the two curves part, requests waited to be sent: a clock that starts at sending "
                           "leaves that out (coordinated omission)."
                         : "A closed loop asks less while the server is slow, so slow moments count for little "
                           "here; --rate does not.",
            .chart = std::move(chart),
            .says = std::move(says)};
}

Figure deliveries(const std::vector<Sample>& slices) {
    LineChart chart = over_time("deliveries", "1/s");
    chart.series = {rate_of("deliveries", Color::blue, slices, [](const Sample& slice) { return slice.delivered; })};
    std::string says = "In a tenth of a second the rate was " + between(chart.series.front(), "deliveries/s");
    return {.id = "deliveries",
            .title = "Deliveries a second",
            .about = "To all subscribers together.",
            .chart = std::move(chart),
            .says = std::move(says)};
}

}  // namespace

std::string to_html(const Plan& plan, const Result& result) {
    const std::string from = plan.open_loop() ? "from when a request was due" : "from when a request was sent";
    const std::vector<Sample> slices = whole_slices(result);
    std::string figures = draw::figure_block(throughput(slices)) + draw::figure_block(latency(slices, from));
    if (result.latency.count() > 0) figures += draw::figure_block(percentiles(plan, result, from));
    if (plan.subscribers > 0) figures += draw::figure_block(deliveries(slices));
    const std::string numbers = summary(plan, result) + (plan.open_loop() ? '\n' + omission(result) : "");
    return draw::page(
        "loadgen: " + net::to_string(plan.target),
        tag("header", {{"class", "top"}},
            tag("p", {{"class", "eyebrow"}}, "One run of the load generator") +
                tag("h1", {}, draw::escape(net::to_string(plan.target))) + tag("p", {}, draw::escape(in_words(plan)))) +
            tag("main", {},
                tag("div", {{"class", "figures"}}, figures) +
                    tag("section", {{"class", "step"}},
                        tag("h2", {}, "Figures") + tag("pre", {{"tabindex", "0"}}, draw::escape(numbers)))));
}

}  // namespace station::hammer
