#include <loadgen/report/canvas.hpp>
#include <loadgen/report/drawings.hpp>
#include <loadgen/report/markup.hpp>

#include <algorithm>
#include <cmath>

namespace station::report {
namespace {

constexpr double kHeight = 400;
constexpr double kNarrowestMargin = 24;
constexpr double kWidestMargin = 250;

std::string class_of(const Series& series) {
    const char* const roles[] = {"measured", "model", "limit"};
    return color_class(series.color) + " " + roles[static_cast<std::size_t>(series.role)];
}

std::string path_of(const Series& series, const AxisScale& x, const AxisScale& y) {
    std::string path;
    for (const Point& point : series.points) {
        path += path.empty() ? "M" : "L";
        path += pixels(x.at(point.x)) + " " + pixels(y.at(point.y));
    }
    return tag("path", {{"d", path}});
}

// Each series has a shape of its own, for eyes that don't tell the colours apart.
std::string marker(std::size_t series, double x, double y, const std::string& tooltip) {
    const std::string hover = tag("title", {}, escape(tooltip));
    if (series % 4 == 0) return tag("circle", {{"cx", pixels(x)}, {"cy", pixels(y)}, {"r", "4.5"}}, hover);
    if (series % 4 == 1) {
        return tag("rect", {{"x", pixels(x - 4)}, {"y", pixels(y - 4)}, {"width", "8"}, {"height", "8"}}, hover);
    }
    const std::string corners = series % 4 == 2 ? "l5 8.7h-10z" : "l5.5 5.5l-5.5 5.5l-5.5 -5.5z";
    return tag("path", {{"d", "M" + pixels(x) + " " + pixels(y - 5.5) + corners}}, hover);
}

std::string draw_series(const LineChart& chart, std::size_t index, std::size_t shape, const AxisScale& x,
                        const AxisScale& y) {
    const Series& series = chart.series[index];
    std::string svg = path_of(series, x, y);
    if (series.role == Role::measured) {
        for (const Point& point : series.points) {
            const std::string tooltip = series.label + ": " + format_number(point.y) + " " + chart.y.unit + " at " +
                                        format_number(point.x) + " " + axis_title(chart.x);
            svg += marker(shape, x.at(point.x), y.at(point.y), tooltip);
        }
    }
    return tag("g", {{"class", "series " + class_of(series)}}, svg);
}

// The name of each line stands at the line's end, joined to it where it had to move.
std::string draw_labels(const LineChart& chart, const Area& area, const AxisScale& x, const AxisScale& y) {
    std::vector<const Series*> named;
    std::vector<double> wanted;
    for (const Series& series : chart.series) {
        if (series.points.empty() || series.label.empty()) continue;
        named.push_back(&series);
        wanted.push_back(y.at(series.points.back().y));
    }
    const auto places = spread(wanted, kTextHeight + 1, area.top, area.bottom);
    std::string svg;
    for (std::size_t i = 0; i < named.size(); ++i) {
        const double from = x.at(named[i]->points.back().x) + 8;
        const double to = area.right + 18;
        std::string label;
        if (std::abs(places[i] - wanted[i]) > 2 || to - from > 12) {
            label += tag("path", {{"class", "leader"},
                                  {"d", "M" + pixels(from) + " " + pixels(wanted[i]) + "L" + pixels(to - 4) + " " +
                                            pixels(places[i])}});
        }
        label += text_at(to, places[i] + 4.5, Anchor::start, "label", named[i]->label);
        svg += tag("g", {{"class", class_of(*named[i])}}, label);
    }
    return svg;
}

double label_margin(const LineChart& chart) {
    double widest = 0;
    for (const Series& series : chart.series) widest = std::max(widest, text_width(series.label));
    return std::clamp(widest + 26, kNarrowestMargin, kWidestMargin);
}

}  // namespace

std::string draw(const Figure& figure, const LineChart& chart) {
    std::vector<double> xs;
    std::vector<double> ys;
    for (const Series& series : chart.series) {
        for (const Point& point : series.points) {
            xs.push_back(point.x);
            ys.push_back(point.y);
        }
    }
    Area area{.left = 0, .top = 34, .right = kCanvasWidth - label_margin(chart), .bottom = kHeight - 54};
    const AxisScale y{chart.y, ys, {.first_pixel = area.bottom, .last_pixel = area.top}};
    double widest_tick = 0;
    for (const double tick : y.ticks()) widest_tick = std::max(widest_tick, text_width(format_number(tick)));
    area.left = widest_tick + 14;
    const AxisScale x{
        chart.x, xs, {.first_pixel = area.left + 10, .last_pixel = area.right - 6, .ticks = 6, .ends = Ends::at_value}};

    std::string svg = draw_y_axis(area, y, chart.y) + draw_x_axis(area, x, chart.x, false);
    // What was measured lies on top of what was expected.
    for (const bool measured : {false, true}) {
        std::size_t shape = 0;
        for (std::size_t i = 0; i < chart.series.size(); ++i) {
            const bool is_measured = chart.series[i].role == Role::measured;
            if (is_measured == measured) svg += draw_series(chart, i, shape, x, y);
            if (is_measured) ++shape;
        }
    }
    svg += draw_labels(chart, area, x, y);
    return svg_frame(figure, kHeight, svg);
}

}  // namespace station::report
