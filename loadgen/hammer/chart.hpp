// A line chart over time as inline SVG: one or two lines, a grid with round numbers, a label at the end of
// each line. Colours come from the page: classes `line0`, `line1`, `grid`, `text`.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace station::hammer {

struct Line {
    std::string name;
    std::vector<double> values;  // one for each time of the chart
};

struct Chart {
    std::string title;
    std::vector<double> seconds = {};
    std::vector<Line> lines = {};
    bool logarithmic = false;                     // for latencies: a slow moment must not flatten the rest
    std::function<std::string(double)> in_words;  // a value of the vertical axis
};

std::string to_svg(const Chart& chart);

}  // namespace station::hammer
