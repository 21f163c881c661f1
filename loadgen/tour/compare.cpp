#include <loadgen/tour/compare.hpp>

#include <loadgen/draw/captions.hpp>
#include <loadgen/draw/scale.hpp>

#include <algorithm>
#include <array>
#include <cctype>

namespace station::tour {
namespace {

using draw::BarChart;
using draw::Figure;
using draw::GanttChart;
using draw::LineChart;
using draw::Role;
using draw::Series;
using draw::Whose;

constexpr std::array<std::string_view, 2> kEndings{"-yours", "-before"};
constexpr std::size_t kMostBars = 12;

struct Names {
    std::string own;    // "step 5"
    std::string other;  // "yours", or "step 4"
    Whose whose = Whose::yours;
};

// True for "step 6" and "step 6, wrong", where `program` is "step 6"; not for "step 60".
bool speaks_of(const std::string& label, const std::string& program) {
    return label == program || label.starts_with(program + ",");
}

// A name that belongs to another step than the one under the hammer: what it is compared with.
bool is_other_step(const std::string& label, const std::string& own) {
    constexpr std::string_view kStep = "step ";
    return label.starts_with(kStep) && label.size() > kStep.size() &&
           std::isdigit(static_cast<unsigned char>(label[kStep.size()])) != 0 && !speaks_of(label, own);
}

std::vector<const Series*> subjects(const LineChart& chart, const std::string& own) {
    std::vector<const Series*> found;
    for (const Series& series : chart.series) {
        const bool shows_own = series.role == Role::measured && series.whose == Whose::step && !series.points.empty() &&
                               !is_other_step(series.label, own);
        if (shows_own) found.push_back(&series);
    }
    return found;
}

// "yours", and where the step has several lines "yours, accepted".
std::string name_of(const std::string& who, const Series& series, bool is_one_of_many) {
    if (!is_one_of_many || speaks_of(series.label, who)) return is_one_of_many ? series.label : who;
    return who + ", " + series.label;
}

draw::Color color_of(const Names& names, const Series& series, bool is_one_of_many) {
    if (is_one_of_many) return series.color;
    return names.whose == Whose::yours ? draw::Color::purple : draw::Color::orange;
}

bool lay_over(LineChart& chart, const LineChart& other, const Names& names) {
    const bool is_shown = std::any_of(chart.series.begin(), chart.series.end(),
                                      [&](const Series& series) { return speaks_of(series.label, names.other); });
    const auto theirs = subjects(other, names.other);
    if (is_shown || theirs.empty()) return false;
    const bool many = theirs.size() > 1;
    for (Series& series : chart.series) {
        const bool is_own =
            series.role == Role::measured && series.whose == Whose::step && !is_other_step(series.label, names.own);
        if (is_own) series.label = name_of(names.own, series, many);
    }
    for (const Series* const series : theirs) {
        chart.series.push_back({.label = name_of(names.other, *series, many),
                                .color = color_of(names, *series, many),
                                .points = series->points,
                                .whose = names.whose});
    }
    return true;
}

std::vector<BarChart::Bar> subjects(const BarChart& chart, const std::string& own) {
    std::vector<BarChart::Bar> found;
    std::copy_if(chart.bars.begin(), chart.bars.end(), std::back_inserter(found),
                 [&](const BarChart::Bar& bar) { return speaks_of(bar.label, own); });
    return found;
}

bool has_room(const BarChart& chart, const BarChart& other, const Names& names) {
    const auto bars = subjects(other, names.other);
    return !bars.empty() && chart.bars.size() + bars.size() <= kMostBars;
}

bool lay_over(BarChart& chart, const BarChart& other, const Names& names) {
    const bool is_shown = !subjects(chart, names.other).empty();
    if (is_shown) return false;
    for (BarChart::Bar& bar : subjects(other, names.other)) chart.bars.push_back(std::move(bar));
    return true;
}

double end_of(const BarChart& chart) {
    double end = 0;
    for (const auto& bar : chart.bars) end = std::max({end, total(bar), bar.expected.value_or(0)});
    return end;
}

double end_of(const GanttChart& chart) {
    double end = 0;
    for (const auto& row : chart.rows) end = std::max(end, row.left);
    return end;
}

// One scale for both, or they can't be compared by eye.
void share_scale(BarChart& chart, BarChart& other) {
    other.value.to = chart.value.to = std::max(chart.value.to.value_or(end_of(chart)), end_of(other));
}
void share_scale(GanttChart& chart, GanttChart& other) {
    other.time.to = chart.time.to = std::max(chart.time.to.value_or(end_of(chart)), end_of(other));
}
void share_scale(LineChart&, LineChart&) {}

bool is_loss(const BarChart& chart) { return chart.parts.size() == 2 && chart.parts[1].color == draw::Color::red; }

struct Value {
    std::string who;
    double value = 0;
};

// "With 64 clients, step 4: 66.2 ms, yours: 2.1 ms. Yours is 0.032 times step 4's."
std::string compare(const std::string& where, const std::vector<Value>& values, const std::string& unit,
                    const std::string& own) {
    std::string text = where;
    const Value* step = nullptr;
    const Value* yours = nullptr;
    for (const Value& value : values) {
        text += ", " + value.who + ": " + draw::with_unit(value.value, unit);
        if (value.who == own) step = &value;
        if (value.who == kYours) yours = &value;
    }
    text = draw::sentence(text);
    if (yours != nullptr && step != nullptr && step->value > 0) {
        text += " " + draw::sentence("yours is " + draw::times(yours->value, step->value) + " " + own + "'s");
    }
    return text;
}

std::string place(const LineChart& chart, double x) {
    if (chart.x.unit.empty()) return "with " + draw::format_number(x) + " " + chart.x.label;
    return "at " + draw::with_unit(x, chart.x.unit);
}

// The part of a label that says what, where a program has several lines: "accepted" of "yours, accepted".
std::string kind_of(const Series& series) {
    const auto comma = series.label.find(", ");
    return comma == std::string::npos ? "" : series.label.substr(comma + 2);
}
std::string program_of(const std::string& label) { return label.substr(0, label.find(", ")); }

std::string compare(const LineChart& chart, const std::string& own) {
    std::vector<std::string> kinds;
    const auto is_laid_over = [](const Series& series) { return series.whose != Whose::step; };
    for (const Series& series : chart.series) {
        const bool is_new =
            is_laid_over(series) && std::find(kinds.begin(), kinds.end(), kind_of(series)) == kinds.end();
        if (is_new) kinds.push_back(kind_of(series));
    }
    std::string text;
    for (const std::string& kind : kinds) {
        std::vector<Value> values;
        double x = 0;
        for (const Series& series : chart.series) {
            const bool belongs =
                series.role == Role::measured && !series.points.empty() && (kind.empty() || kind_of(series) == kind);
            if (!belongs) continue;
            values.push_back({kind.empty() ? series.label : program_of(series.label), series.points.back().y});
            x = series.points.back().x;
        }
        const std::string where = kind.empty() ? place(chart, x) : kind + ", " + place(chart, x);
        text += (text.empty() ? "" : " ") + compare(where, values, chart.y.unit, own);
    }
    return text;
}

std::string compare(const BarChart& chart, const std::string& own) {
    std::vector<Value> values;
    for (const auto& bar : chart.bars) {
        const double value = is_loss(chart) ? (bar.values.size() > 1 ? bar.values[1] : 0) : total(bar);
        if (!values.empty() && values.back().who == program_of(bar.label)) {
            values.back().value += value;
        } else {
            values.push_back({program_of(bar.label), value});
        }
    }
    return compare(is_loss(chart) ? chart.parts[1].label : chart.value.label, values, chart.value.unit, own);
}

// The other program's own graph, for beside the step's.
Figure beside(Figure& figure, Figure other, const Names& names) {
    std::visit(
        [&](auto& chart) {
            auto* const its = std::get_if<std::remove_reference_t<decltype(chart)>>(&other.chart);
            if (its != nullptr) share_scale(chart, *its);
        },
        figure.chart);
    other.title = names.other + ": " + other.title;
    other.says = draw::what_to_see(other);
    other.compares = draw::sentence(names.own + ": " + draw::what_to_see(figure));
    other.id = figure.id + std::string{kEndings[names.whose == Whose::yours ? 0 : 1]};
    return other;
}

// True where the step's own graph can take in the other's.
bool can_hold(const Figure& figure, const Figure& other, const Names& names) {
    if (std::holds_alternative<LineChart>(figure.chart)) return true;
    const auto* const bars = std::get_if<BarChart>(&figure.chart);
    if (bars == nullptr) return false;
    const auto& theirs = std::get<BarChart>(other.chart);
    return !subjects(*bars, names.other).empty() || has_room(*bars, theirs, names);
}

void lay_over(Figure& figure, const Figure& other, const Names& names) {
    std::visit(
        [&](auto& chart) {
            using Chart = std::remove_reference_t<decltype(chart)>;
            if constexpr (!std::is_same_v<Chart, GanttChart>) {
                if (lay_over(chart, std::get<Chart>(other.chart), names)) figure.compares = compare(chart, names.own);
            }
        },
        figure.chart);
}

}  // namespace

std::string_view base_id(std::string_view id) {
    for (const auto ending : kEndings) {
        if (id.ends_with(ending)) return id.substr(0, id.size() - ending.size());
    }
    return id;
}

void lay_over(lesson::Lesson& shown, const lesson::Lesson& other, Whose whose) {
    const Names names{.own = "step " + std::to_string(shown.step),
                      .other = whose == Whose::yours ? kYours : "step " + std::to_string(shown.step - 1),
                      .whose = whose};
    std::vector<Figure> figures;
    for (Figure& figure : shown.figures) {
        const auto found = std::find_if(other.figures.begin(), other.figures.end(), [&](const Figure& theirs) {
            return theirs.id == figure.id && theirs.chart.index() == figure.chart.index();
        });
        const bool is_found = found != other.figures.end();
        const bool holds = is_found && can_hold(figure, *found, names);
        if (holds) lay_over(figure, *found, names);
        figures.push_back(figure);
        if (is_found && !holds) figures.push_back(beside(figures.back(), *found, names));
    }
    shown.figures = std::move(figures);
}

}  // namespace station::tour
