// What a graph shows, as plain data: who measures fills it in, chart.hpp draws it, results.json keeps it. Nothing here
// knows about pixels, colours in numbers, or HTML.
#pragma once

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

// Whose numbers these are, where several programs share a graph. Each has a line and a marker of its own, so that no
// eye needs the colours.
enum class Whose { step, yours, before };

struct Series {
    std::string label = {};
    Color color = Color::blue;
    std::vector<Point> points = {};
    Role role = Role::measured;
    Whose whose = Whose::step;
};

struct LineChart {
    Axis x = {};
    Axis y = {};
    std::vector<Series> series = {};
};

// Horizontal bars, each of one or several parts laid end to end.
struct BarChart {
    struct Part {
        std::string label = {};
        Color color = Color::blue;
    };
    struct Bar {
        std::string label = {};
        std::vector<double> values = {};      // one for each part
        std::optional<double> expected = {};  // where the bar should end, drawn dashed
        std::string note = {};                // beside the bar's end; empty: its total
    };
    Axis value = {};
    std::vector<Part> parts = {};
    std::vector<Bar> bars = {};
};

inline double total(const BarChart::Bar& bar) { return std::accumulate(bar.values.begin(), bar.values.end(), 0.0); }

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

struct Figure {
    std::string id = {};     // stable: "clients-latency"
    std::string title = {};  // what is drawn: "Latency against clients"
    std::string about = {};  // how to read it, and why it is so
    std::variant<LineChart, BarChart, GanttChart> chart = {};
    std::string says = {};      // what to see, one sentence made of the numbers; empty: the title stands for it
    std::string compares = {};  // where several programs share it: how they differ, one sentence made of the numbers
};

}  // namespace station::draw
