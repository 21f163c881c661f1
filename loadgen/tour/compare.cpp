#include <loadgen/tour/compare.hpp>

#include <loadgen/draw/captions.hpp>
#include <loadgen/draw/scale.hpp>

#include <algorithm>
#include <array>

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

// Which programs meet in a graph: the step's own, and the one that is laid over.
struct Programs {
    std::string own;    // "step 5"
    std::string other;  // "yours", or "step 4"
    Whose whose = Whose::yours;
};

bool is_subject(const Series& series) { return series.role == Role::measured && series.name.whose == Whose::subject; }

std::vector<const Series*> subjects(const LineChart& chart) {
    std::vector<const Series*> found;
    for (const Series& series : chart.series) {
        if (is_subject(series) && !series.points.empty()) found.push_back(&series);
    }
    return found;
}

// A line that is a program's only one goes by the program's name alone.
draw::Name named(const Series& series, const std::string& program, bool is_one_of_many) {
    return {.program = program, .kind = is_one_of_many ? series.name.kind : "", .whose = series.name.whose};
}

draw::Color color_of(const Programs& programs, const Series& series, bool is_one_of_many) {
    if (is_one_of_many) return series.color;
    return programs.whose == Whose::yours ? draw::Color::purple : draw::Color::orange;
}

bool lay_over(LineChart& chart, const LineChart& other, const Programs& programs) {
    const bool is_shown = std::any_of(chart.series.begin(), chart.series.end(),
                                      [&](const Series& series) { return series.name.program == programs.other; });
    const auto theirs = subjects(other);
    if (is_shown || theirs.empty()) return false;
    const bool many = theirs.size() > 1;
    for (Series& series : chart.series) {
        if (is_subject(series)) series.name = named(series, programs.own, many);
    }
    for (const Series* const series : theirs) {
        draw::Name name = named(*series, programs.other, many);
        name.whose = programs.whose;
        chart.series.push_back(
            {.name = std::move(name), .color = color_of(programs, *series, many), .points = series->points});
    }
    return true;
}

// Bars that are a program's; those of a graph about one program alone name none.
std::vector<BarChart::Bar> subjects(const BarChart& chart) {
    std::vector<BarChart::Bar> found;
    std::copy_if(chart.bars.begin(), chart.bars.end(), std::back_inserter(found), [](const BarChart::Bar& bar) {
        return bar.name.whose == Whose::subject && !bar.name.program.empty();
    });
    return found;
}

bool has_room(const BarChart& chart, const BarChart& other) {
    const auto bars = subjects(other);
    return !bars.empty() && chart.bars.size() + bars.size() <= kMostBars;
}

bool shows(const BarChart& chart, const std::string& program) {
    return std::any_of(chart.bars.begin(), chart.bars.end(),
                       [&](const BarChart::Bar& bar) { return bar.name.program == program; });
}

bool lay_over(BarChart& chart, const BarChart& other, const Programs& programs) {
    if (shows(chart, programs.other)) return false;
    for (BarChart::Bar& bar : subjects(other)) {
        bar.name.whose = programs.whose;
        chart.bars.push_back(std::move(bar));
    }
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

struct Value {
    std::string who;
    Whose whose = Whose::subject;
    double value = 0;
};

// "With 64 clients, step 4: 66.2 ms, yours: 2.1 ms. Yours is 0.032 times step 4's."
std::string compare(const std::string& where, const std::vector<Value>& values, const std::string& unit) {
    std::string text = where;
    const Value* step = nullptr;
    const Value* yours = nullptr;
    for (const Value& value : values) {
        text += ", " + value.who + ": " + draw::with_unit(value.value, unit);
        if (value.whose == Whose::subject) step = &value;
        if (value.whose == Whose::yours) yours = &value;
    }
    text = draw::sentence(text);
    if (yours != nullptr && step != nullptr && step->value > 0) {
        text += " " + draw::sentence("yours is " + draw::times(yours->value, step->value) + " " + step->who + "'s");
    }
    return text;
}

std::string place(const LineChart& chart, double x) {
    if (chart.x.unit.empty()) return "with " + draw::format_number(x) + " " + chart.x.label;
    return "at " + draw::with_unit(x, chart.x.unit);
}

// The kinds of line that were laid over; one without a name where each program has but one line.
std::vector<std::string> kinds_of(const LineChart& chart) {
    std::vector<std::string> kinds;
    for (const Series& series : chart.series) {
        const bool is_laid_over = series.name.whose == Whose::yours || series.name.whose == Whose::before;
        const bool is_new = is_laid_over && std::find(kinds.begin(), kinds.end(), series.name.kind) == kinds.end();
        if (is_new) kinds.push_back(series.name.kind);
    }
    return kinds;
}

std::string compare(const LineChart& chart) {
    std::string text;
    for (const std::string& kind : kinds_of(chart)) {
        std::vector<Value> values;
        double x = 0;
        for (const Series& series : chart.series) {
            const bool belongs =
                series.role == Role::measured && !series.points.empty() && (kind.empty() || series.name.kind == kind);
            if (!belongs) continue;
            values.push_back(
                {kind.empty() ? series.name.text() : series.name.program, series.name.whose, series.points.back().y});
            x = series.points.back().x;
        }
        const std::string where = kind.empty() ? place(chart, x) : kind + ", " + place(chart, x);
        text += (text.empty() ? "" : " ") + compare(where, values, chart.y.unit);
    }
    return text;
}

std::string compare(const BarChart& chart) {
    const BarChart::Part* const loss = draw::loss_of(chart);
    std::vector<Value> values;
    for (const auto& bar : chart.bars) {
        const double value = loss != nullptr ? lost(chart, bar) : total(bar);
        if (!values.empty() && values.back().who == bar.name.who()) {
            values.back().value += value;
        } else {
            values.push_back({bar.name.who(), bar.name.whose, value});
        }
    }
    return compare(loss != nullptr ? loss->label : chart.value.label, values, chart.value.unit);
}

// The other program's own graph, for beside the step's.
Figure beside(Figure& figure, Figure other, const Programs& programs) {
    std::visit(
        [&](auto& chart) {
            auto* const its = std::get_if<std::remove_reference_t<decltype(chart)>>(&other.chart);
            if (its != nullptr) share_scale(chart, *its);
        },
        figure.chart);
    other.title = programs.other + ": " + other.title;
    other.says = draw::what_to_see(other);
    other.compares = draw::sentence(programs.own + ": " + draw::what_to_see(figure));
    other.id = figure.id + std::string{kEndings[programs.whose == Whose::yours ? 0 : 1]};
    return other;
}

// True where the step's own graph can take in the other's.
bool can_hold(const Figure& figure, const Figure& other, const Programs& programs) {
    if (std::holds_alternative<LineChart>(figure.chart)) return true;
    const auto* const bars = std::get_if<BarChart>(&figure.chart);
    if (bars == nullptr) return false;
    const auto& theirs = std::get<BarChart>(other.chart);
    return shows(*bars, programs.other) || has_room(*bars, theirs);
}

void lay_over(Figure& figure, const Figure& other, const Programs& programs) {
    std::visit(
        [&](auto& chart) {
            using Chart = std::remove_reference_t<decltype(chart)>;
            if constexpr (!std::is_same_v<Chart, GanttChart>) {
                if (lay_over(chart, std::get<Chart>(other.chart), programs)) figure.compares = compare(chart);
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
    const Programs programs{.own = lesson::step_label(shown.step),
                            .other = whose == Whose::yours ? kYours : lesson::step_label(shown.step - 1),
                            .whose = whose};
    std::vector<Figure> figures;
    for (Figure& figure : shown.figures) {
        const auto found = std::find_if(other.figures.begin(), other.figures.end(), [&](const Figure& theirs) {
            return theirs.id == figure.id && theirs.chart.index() == figure.chart.index();
        });
        const bool is_found = found != other.figures.end();
        const bool holds = is_found && can_hold(figure, *found, programs);
        if (holds) lay_over(figure, *found, programs);
        figures.push_back(figure);
        if (is_found && !holds) figures.push_back(beside(figures.back(), *found, programs));
    }
    shown.figures = std::move(figures);
}

}  // namespace station::tour
