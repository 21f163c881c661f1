// What a graph shows, as plain data: who measures fills it in, chart.hpp draws it, results.json keeps it. Nothing here
// knows about pixels, colours in numbers, or HTML.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace station::draw {

enum class Scale {
    linear,
    log,
    percentile,  // of percents: 90, 99 and 99.9 are equally far apart, so that the slowest of all can be seen
};

struct Axis {
    std::string label = {};  // "clients", "99th percentile of the latency"
    std::string unit = {};   // "ms", "events/s"; empty for plain counts
    Scale scale = Scale::linear;
    std::vector<double> ticks = {};   // empty: chosen by the chart
    std::optional<double> from = {};  // nullopt: 0, or the smallest value where the scale is logarithmic
    std::optional<double> to = {};    // nullopt: the largest value
};

// A verdict on one point, drawn as its marker's shape and colour.
enum class Outcome { none, pass, fail, inconclusive };

struct Point {
    double x = 0;
    double y = 0;
    Outcome outcome = Outcome::none;
};

// Colours have a meaning that holds over the whole page: blue is the step under the hammer, orange the one it is
// compared with, red what was lost or refused. Grey is for what is only there to compare with.
enum class Color { blue, orange, red, green, purple, sky, grey };

enum class Role {
    measured,
    model,  // the shape to expect, dashed
    limit,  // what must not be crossed, dotted
};

// Whose numbers these are, where several programs share a graph: those of the program under the hammer, of a neighbour
// that it is compared with, the reader's own, or those of the program before it under the same load. The last two have
// a line and a marker of their own, so that no eye needs the colours.
enum class Whose { subject, neighbour, yours, before };

// What a line or a bar is called, kept in its parts, so that nobody has to read it out of the text.
struct Name {
    std::string program = {};  // "step 6"; empty where the graph is about one program alone
    std::string kind = {};     // which of its lines or bars: "wrong", "accepted", "try 3"; empty where it has but one
    Whose whose = Whose::subject;

    // As it is shown: "step 6, wrong".
    std::string text() const { return program + (program.empty() || kind.empty() ? "" : ", ") + kind; }
    // Whose it is: "step 6" of "step 6, wrong". Where no program is named, the kind stands for one.
    const std::string& who() const { return program.empty() ? kind : program; }
};

struct Series {
    Name name = {};
    Color color = Color::blue;
    std::vector<Point> points = {};
    Role role = Role::measured;
};

struct LineChart {
    Axis x = {};
    Axis y = {};
    std::vector<Series> series = {};
};

// What a part of a bar stands for; its colour follows from that.
enum class Meaning {
    main,   // what the bar is about
    base,   // what the main part stands on, and is compared with: the median, below the rest
    wrong,  // what is there, but not as it should be
    loss,   // what should be there, and is not
};

// Horizontal bars, each of one or several parts laid end to end.
struct BarChart {
    struct Part {
        std::string label = {};
        Meaning meaning = Meaning::main;
    };
    struct Bar {
        Name name = {};
        std::vector<double> values = {};      // one for each part
        std::optional<double> expected = {};  // where the bar should end, drawn dashed
        std::string note = {};                // beside the bar's end; empty: its total
    };
    Axis value = {};
    std::vector<Part> parts = {};
    std::vector<Bar> bars = {};
};

inline double total(const BarChart::Bar& bar) { return std::accumulate(bar.values.begin(), bar.values.end(), 0.0); }

// The part that is a loss; nullptr where nothing can be lost.
inline const BarChart::Part* loss_of(const BarChart& chart) {
    const auto found = std::find_if(chart.parts.begin(), chart.parts.end(),
                                    [](const BarChart::Part& part) { return part.meaning == Meaning::loss; });
    return found == chart.parts.end() ? nullptr : &*found;
}

// How much of the bar that is.
inline double lost(const BarChart& chart, const BarChart::Bar& bar) {
    const BarChart::Part* const loss = loss_of(chart);
    const auto index = loss == nullptr ? bar.values.size() : static_cast<std::size_t>(loss - chart.parts.data());
    return index < bar.values.size() ? bar.values[index] : 0;
}

// Who waited for whom: a row for each client, from when it came to when it left.
struct GanttChart {
    struct Row {
        double came = 0;
        double served = 0;  // the first reply; `left` where none came
        double left = 0;
    };
    Axis time = {};
    std::string row_label = {};  // "client"
    std::vector<Row> rows = {};
    std::vector<Point> expected = {};  // x: a time, y: a row number, from 0; drawn dashed
    std::string expected_label = {};
};

// Which sentence tells a figure, captions.hpp; whoever makes the figure knows what it is to show.
enum class Caption {
    plain,                // of lines their ends, of bars the last against the first, of rows the longest wait
    none,                 // the title says it all
    grows_with_clients,   // the end of the first line against its beginning
    scales_with_workers,  // the same of the subject's line, and where the others end
    grows_with_time,      // the same, against what the model would come to
    refuses,              // of what was offered, what the first line took and the second refused
    spans,                // the lowest and the highest of many lines, at their end
    loses,                // what each program lost, of how much
    answers,              // the main part of all bars together, of what was expected
};

struct Figure {
    std::string id = {};     // stable: "clients-latency"
    std::string title = {};  // what is drawn: "Latency against clients"
    std::string about = {};  // how to read it, and why it is so
    std::variant<LineChart, BarChart, GanttChart> chart = {};
    Caption caption = Caption::plain;
    std::string says = {};      // what to see, one sentence made of the numbers; empty: the title stands for it
    std::string compares = {};  // where several programs share it: how they differ, one sentence made of the numbers
};

}  // namespace station::draw
