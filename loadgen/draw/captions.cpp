#include <loadgen/draw/captions.hpp>

#include <loadgen/draw/scale.hpp>

#include <algorithm>
#include <cctype>

namespace station::draw {
namespace {

const std::string& unit_of(const LineChart& chart) { return chart.y.unit; }

bool is_measured(const Series& series) { return series.role == Role::measured && !series.points.empty(); }

std::vector<const Series*> measured(const LineChart& chart) {
    std::vector<const Series*> found;
    for (const Series& series : chart.series) {
        if (is_measured(series)) found.push_back(&series);
    }
    return found;
}

std::string at(const LineChart& chart, const Point& point) {
    if (chart.x.unit.empty()) return "with " + format_number(point.x) + " " + chart.x.label;
    return "at " + with_unit(point.x, chart.x.unit);
}

// "With 64 clients a reply takes 66.2 ms, 60 times as long as with 1"
std::string grows_with_clients(const LineChart& chart) {
    const auto series = measured(chart);
    const Point& first = series.front()->points.front();
    const Point& last = series.front()->points.back();
    return "With " + format_number(last.x) + " clients a reply takes " + with_unit(last.y, unit_of(chart)) + ", " +
           times(last.y, first.y) + " as long as with " + format_number(first.x);
}

const Series& subject(const std::vector<const Series*>& series) {
    const auto found =
        std::find_if(series.begin(), series.end(), [](const Series* one) { return one->name.whose == Whose::subject; });
    return found == series.end() ? *series.front() : **found;
}

// "8 workers do 7,140 events/s, 8.06 times what 1 does; step 7 does 952"
std::string scales_with_workers(const LineChart& chart) {
    const auto series = measured(chart);
    const Series& mine = subject(series);
    const Point& first = mine.points.front();
    const Point& last = mine.points.back();
    std::string text = format_number(last.x) + " workers do " + with_unit(last.y, unit_of(chart)) + ", " +
                       times(last.y, first.y) + " what " + format_number(first.x) + " does";
    for (const Series* const other : series) {
        if (other != &mine) text += "; " + other->name.text() + ": " + format_number(other->points.back().y);
    }
    return text;
}

std::string refuses(const LineChart& chart) {
    const auto series = measured(chart);
    if (series.size() < 2) return {};
    const Point& taken = series[0]->points.back();
    return "Of " + with_unit(taken.x, chart.x.unit) + " it takes " + format_number(taken.y) + " and refuses " +
           format_number(series[1]->points.back().y);
}

// "at 3,000 events/s, step 4: 1,240 ms, step 5: 2.1 ms"
std::string at_the_end(const LineChart& chart) {
    const auto series = measured(chart);
    std::string text = at(chart, series.front()->points.back());
    for (std::size_t i = 0; i < series.size(); ++i) {
        const Point& last = series[i]->points.back();
        text += ", " + (series.size() > 1 ? series[i]->name.text() : chart.y.label) + ": " +
                with_unit(last.y, unit_of(chart));
    }
    return text;
}

std::string grows_with_time(const LineChart& chart) {
    const auto series = measured(chart);
    const Point& first = series.front()->points.front();
    const Point& last = series.front()->points.back();
    std::string text = "Within " + with_unit(last.x, chart.x.unit) + " the memory goes from " + format_number(first.y) +
                       " to " + with_unit(last.y, unit_of(chart));
    for (const Series& model : chart.series) {
        if (model.role == Role::model && !model.points.empty()) {
            text += "; " + model.name.text() + " would end at " + format_number(model.points.back().y);
        }
    }
    return text;
}

// "At 12,000 events/s: from 940 (step 4) to 7,800 events/s (step 10)"
std::string spans(const LineChart& chart) {
    auto series = measured(chart);
    const auto [least, most] = std::minmax_element(series.begin(), series.end(), [](const Series* a, const Series* b) {
        return a->points.back().y < b->points.back().y;
    });
    const Point& low = (*least)->points.back();
    const Point& high = (*most)->points.back();
    return "Under " + with_unit(high.x, chart.x.unit) + ", " + chart.y.label + ": from " + format_number(low.y) + " (" +
           (*least)->name.text() + ") to " + with_unit(high.y, unit_of(chart)) + " (" + (*most)->name.text() + ")";
}

// "step 6 lost 3,805 of 4,347, step 7 none of 880"
std::string loses(const BarChart& chart) {
    struct Sum {
        std::string who;
        double lost = 0;
        double all = 0;
        int tries = 0;
    };
    std::vector<Sum> sums;
    for (const auto& bar : chart.bars) {
        if (sums.empty() || sums.back().who != bar.name.who()) sums.push_back({.who = bar.name.who()});
        sums.back().lost += lost(chart, bar);
        sums.back().all += bar.expected.value_or(total(bar));
        sums.back().tries += 1;
    }
    std::string text;
    for (const Sum& sum : sums) {
        text += (text.empty() ? "" : "; ") + sum.who + " lost " + (sum.lost > 0 ? format_number(sum.lost) : "none") +
                " of " + format_number(sum.all);
        if (sum.tries > 1) text += " in " + std::to_string(sum.tries) + " tries";
    }
    return text;
}

std::string answers(const BarChart& chart) {
    double right = 0;
    double all = 0;
    for (const auto& bar : chart.bars) {
        right += bar.values.empty() ? 0 : bar.values.front();
        all += bar.expected.value_or(total(bar));
    }
    return format_number(right) + " of " + format_number(all) + " requests were answered rightly";
}

// The last bar against the first: "step 8: 12 ms, 0.011 times step 7's 1,090 ms"
std::string last_against_first(const BarChart& chart) {
    const auto& first = chart.bars.front();
    const auto& last = chart.bars.back();
    if (chart.bars.size() < 2) return last.name.text() + ": " + with_unit(total(last), chart.value.unit);
    return last.name.text() + ": " + with_unit(total(last), chart.value.unit) + ", " +
           times(total(last), total(first)) + " " + format_number(total(first)) + " (" + first.name.text() + ")";
}

std::string waits(const GanttChart& chart) {
    std::vector<double> waited;
    for (const auto& row : chart.rows) waited.push_back(row.served - row.came);
    std::sort(waited.begin(), waited.end());
    return "Of " + std::to_string(waited.size()) + " " + chart.row_label + "s the last one waited " +
           with_unit(waited.back(), chart.time.unit) + " to be served, and the one in the middle " +
           with_unit(waited[waited.size() / 2], chart.time.unit);
}

bool is_empty(const LineChart& chart) { return measured(chart).empty(); }
bool is_empty(const BarChart& chart) { return chart.bars.empty(); }
bool is_empty(const GanttChart& chart) { return chart.rows.empty(); }

std::string plainly(const LineChart& chart) { return at_the_end(chart); }
std::string plainly(const BarChart& chart) { return last_against_first(chart); }
std::string plainly(const GanttChart& chart) { return waits(chart); }

std::string told_plainly(const Figure& figure) {
    return std::visit([](const auto& chart) { return is_empty(chart) ? std::string{} : plainly(chart); }, figure.chart);
}

template <typename Chart>
std::string told(const Figure& figure, std::string (*words)(const Chart&)) {
    const auto* const chart = std::get_if<Chart>(&figure.chart);
    return chart == nullptr || is_empty(*chart) ? std::string{} : words(*chart);
}

std::string describe(const Figure& figure) {
    switch (figure.caption) {
        case Caption::plain: return told_plainly(figure);
        case Caption::none: break;
        case Caption::grows_with_clients: return told(figure, grows_with_clients);
        case Caption::scales_with_workers: return told(figure, scales_with_workers);
        case Caption::grows_with_time: return told(figure, grows_with_time);
        case Caption::refuses: return told(figure, refuses);
        case Caption::spans: return told(figure, spans);
        case Caption::loses: return told(figure, loses);
        case Caption::answers: return told(figure, answers);
    }
    return {};
}

}  // namespace

std::string capitalized(std::string text) {
    if (!text.empty()) text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
    return text;
}

std::string sentence(std::string text) { return text.empty() ? text : capitalized(std::move(text)) + "."; }

std::string with_unit(double value, const std::string& unit) {
    constexpr const char* kNoBreakSpace = "\xC2\xA0";
    return format_number(value) + (unit.empty() ? "" : kNoBreakSpace + unit);
}

std::string times(double value, double other) {
    if (other == 0) return value == 0 ? "1 times" : "endlessly many times";
    const double ratio = value / other;
    constexpr double kSmall = 0.1;
    const std::string digits = format_ratio(ratio);
    return (ratio > 0 && ratio < kSmall ? digits.substr(0, digits.find("×")) : format_number(ratio)) + " times";
}

std::string what_to_see(const Figure& figure) { return capitalized(describe(figure)); }

}  // namespace station::draw
