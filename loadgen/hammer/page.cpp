#include <loadgen/hammer/chart.hpp>
#include <loadgen/hammer/page.hpp>
#include <loadgen/hammer/summary.hpp>
#include <loadgen/hammer/text.hpp>

#include <cmath>

namespace station::hammer {
namespace {

// A slice shorter than this says little.
constexpr Nanoseconds kShortestSlice = std::chrono::milliseconds{50};

const char* const kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>loadgen</title>
<style>
:root { color-scheme: light dark; --ground: #fcfcfb; --ink: #1c1d20; --faint: #6b6e76; --grid: #e3e3e0;
        --first: #1f6feb; --second: #d4620a; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #16181c; --ink: #e8e8e6; --faint: #9a9ea8; --grid: #2d3036; --first: #6ea8ff; --second: #ff9d57; }
}
body { margin: 2.5rem auto; max-width: 56rem; padding: 0 1rem; background: var(--ground); color: var(--ink);
       font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1rem; margin: 2rem 0 .25rem; }
p { color: var(--faint); margin: .25rem 0; }
svg { width: 100%; height: auto; display: block; }
.grid { stroke: var(--grid); }
.text { fill: var(--faint); font: 12px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.line0 { stroke: var(--first); }
.line1 { stroke: var(--second); }
.name0 { fill: var(--first); font-weight: 600; }
.name1 { fill: var(--second); font-weight: 600; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid var(--grid); border-radius: 6px; font-size: 14px; }
</style>
</head>
<body>
)";

std::string escape_html(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        escaped += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
    }
    return escaped;
}

std::string in_time(double nanoseconds) {
    return short_time(static_cast<std::uint64_t>(std::llround(nanoseconds)));
}
std::string in_count(double count) { return with_commas(static_cast<std::uint64_t>(std::llround(count))); }

double in_seconds(Nanoseconds time) { return std::chrono::duration<double>(time).count(); }

// Without the last slice where the end of the run has cut it short.
std::vector<Sample> whole_slices(const Result& result) {
    std::vector<Sample> slices = result.series;
    if (slices.size() > 1 && slices.back().at - slices[slices.size() - 2].at < kShortestSlice)
        slices.pop_back();
    return slices;
}

Chart throughput(const std::vector<Sample>& slices) {
    Chart chart{.title = "Replies a second", .in_words = in_count};
    Line replies{"replies", {}};
    Line busy{"busy", {}};
    std::uint64_t all_busy = 0;
    Nanoseconds before{0};
    for (const Sample& slice : slices) {
        const double length = in_seconds(slice.at - before);
        before = slice.at;
        if (length <= 0) continue;
        chart.seconds.push_back(in_seconds(slice.at));
        replies.values.push_back(static_cast<double>(slice.replies.total()) / length);
        busy.values.push_back(static_cast<double>(slice.replies.server_busy) / length);
        all_busy += slice.replies.server_busy;
    }
    chart.lines.push_back(std::move(replies));
    if (all_busy > 0) chart.lines.push_back(std::move(busy));
    return chart;
}

Chart latency(const std::vector<Sample>& slices) {
    Chart chart{.title = "Latency", .logarithmic = true, .in_words = in_time};
    Line p50{"p50", {}};
    Line p99{"p99", {}};
    for (const Sample& slice : slices) {
        if (slice.replies.total() == 0) continue;
        chart.seconds.push_back(in_seconds(slice.at));
        p50.values.push_back(static_cast<double>(slice.p50));
        p99.values.push_back(static_cast<double>(slice.p99));
    }
    chart.lines = {std::move(p99), std::move(p50)};
    return chart;
}

Chart deliveries(const std::vector<Sample>& slices) {
    Chart chart{.title = "Deliveries a second", .in_words = in_count};
    Line line{"deliveries", {}};
    Nanoseconds before{0};
    for (const Sample& slice : slices) {
        const double length = in_seconds(slice.at - before);
        before = slice.at;
        if (length <= 0) continue;
        chart.seconds.push_back(in_seconds(slice.at));
        line.values.push_back(static_cast<double>(slice.delivered) / length);
    }
    chart.lines.push_back(std::move(line));
    return chart;
}

std::string figure(const Chart& chart, std::string_view note) {
    return "<h2>" + chart.title + "</h2>\n<p>" + std::string{note} + "</p>\n" + to_svg(chart);
}

}  // namespace

std::string to_html(const Plan& plan, const Result& result) {
    const char* const from = plan.rate > 0 ? "from when a request was due" : "from when a request was sent";
    const std::vector<Sample> slices = whole_slices(result);
    return kHead +
           ("<h1>" + escape_html(net::to_string(plan.target)) + "</h1>\n<p>" + escape_html(in_words(plan)) +
            "</p>\n") +
           figure(throughput(slices), "each point is a tenth of a second") +
           figure(latency(slices),
                  std::string{"half of all replies came within p50, 99 % within p99, counted "} + from) +
           (plan.subscribers > 0 ? figure(deliveries(slices), "to all subscribers together") : "") +
           "<h2>Figures</h2>\n<pre>" + escape_html(summary(plan, result)) +
           (plan.rate > 0 ? '\n' + escape_html(omission(result)) : "") + "</pre>\n</body>\n</html>\n";
}

}  // namespace station::hammer
