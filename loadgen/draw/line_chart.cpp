#include <loadgen/draw/canvas.hpp>
#include <loadgen/draw/drawings.hpp>
#include <loadgen/draw/markers.hpp>
#include <loadgen/draw/markup.hpp>

#include <algorithm>
#include <cmath>

namespace station::draw {
namespace {

constexpr double kWideHeight = 400;
constexpr double kNarrowPlot = 250;  // from the axis's top to its bottom
constexpr double kNarrowestMargin = 24;
constexpr double kWidestMargin = 250;

std::string class_of(const Series& series) {
    const char* const roles[] = {"measured", "model", "limit"};
    const char* const whose[] = {"", "", " yours", " before"};
    return color_class(series.color) + " " + roles[static_cast<std::size_t>(series.role)] +
           whose[static_cast<std::size_t>(series.name.whose)];
}

bool is_named(const Series& series) { return !series.points.empty() && !series.name.text().empty(); }

std::string path_of(const Series& series, const AxisScale& x, const AxisScale& y) {
    std::string path;
    for (const Point& point : series.points) {
        path += path.empty() ? "M" : "L";
        path += pixels(x.at(point.x)) + " " + pixels(y.at(point.y));
    }
    return tag("path", {{"d", path}});
}

std::string tooltip_of(const LineChart& chart, const Series& series, const Point& point) {
    return series.name.text() + ": " + format_tick(chart.y, point.y) + " " + chart.y.unit + " at " +
           format_tick(chart.x, point.x) + " " + axis_title(chart.x);
}

// Draws many points as a line alone: markers would cover it.
constexpr std::size_t kMostMarkers = 40;

std::string draw_series(const LineChart& chart, std::size_t index, std::size_t shape, const AxisScale& x,
                        const AxisScale& y) {
    const Series& series = chart.series[index];
    std::string svg = path_of(series, x, y);
    if (series.role == Role::measured && series.points.size() <= kMostMarkers) {
        for (const Point& point : series.points) {
            svg +=
                marker(marker_of(series, point, shape), x.at(point.x), y.at(point.y), tooltip_of(chart, series, point));
        }
    }
    return tag("g", {{"class", "series " + class_of(series)}}, svg);
}

// What was measured lies on top of what was expected, and the learner's own on top of all.
std::string draw_all_series(const LineChart& chart, const AxisScale& x, const AxisScale& y) {
    const auto layer_of = [](const Series& series) {
        return series.role != Role::measured ? 0 : series.name.whose == Whose::yours ? 2 : 1;
    };
    std::string svg;
    for (const int layer : {0, 1, 2}) {
        std::size_t shape = 0;
        for (std::size_t i = 0; i < chart.series.size(); ++i) {
            if (layer_of(chart.series[i]) == layer) svg += draw_series(chart, i, shape, x, y);
            if (chart.series[i].role == Role::measured) ++shape;
        }
    }
    return svg;
}

// The name of each line stands at the line's end, joined to it where it had to move.
std::string draw_labels(const LineChart& chart, const Area& area, const AxisScale& x, const AxisScale& y) {
    std::vector<const Series*> named;
    std::vector<double> wanted;
    for (const Series& series : chart.series) {
        if (!is_named(series)) continue;
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
        label += text_at(to, places[i] + 4.5, Anchor::start, "label", named[i]->name.text());
        svg += tag("g", {{"class", class_of(*named[i])}}, label);
    }
    return svg;
}

// Where there is no room beside the lines, their names stand above them, each with a piece of its line.
std::string draw_legend(const LineChart& chart) {
    std::string svg;
    double y = 12;
    std::size_t shape = 0;
    for (const Series& series : chart.series) {
        const bool is_measured = series.role == Role::measured;
        if (is_named(series)) {
            std::string sample = tag("path", {{"d", "M2 " + pixels(y - 4) + "h34"}});
            if (is_measured && series.points.size() <= kMostMarkers) {
                sample += marker(marker_of(series, {}, shape), 19, y - 4, {});
            }
            svg += tag("g", {{"class", "series " + class_of(series)}}, sample);
            svg += tag("g", {{"class", class_of(series)}},
                       text_at(44, y + 0.5, Anchor::start, "label", series.name.text()));
            y += kLegendStep;
        }
        if (is_measured) ++shape;
    }
    return svg;
}

double label_margin(const LineChart& chart) {
    double widest = 0;
    for (const Series& series : chart.series) widest = std::max(widest, text_width(series.name.text()));
    return std::clamp(widest + 26, kNarrowestMargin, kWidestMargin);
}

// The place for the lines; its left side waits for the numbers beside it.
Area plot_area(const LineChart& chart, Width width) {
    const double canvas = canvas_width(width);
    if (width == Width::wide) {
        return {.left = 0, .top = 34, .right = canvas - label_margin(chart), .bottom = kWideHeight - 54};
    }
    const auto names = static_cast<double>(std::count_if(chart.series.begin(), chart.series.end(), is_named));
    const auto title_lines = static_cast<double>(fit(axis_title(chart.y), canvas).size());
    const double top = names * kLegendStep + title_lines * kTextHeight + 26;
    return {.left = 0, .top = top, .right = canvas - 16, .bottom = top + kNarrowPlot};
}

}  // namespace

std::string draw(const Figure& figure, const LineChart& chart, Width width) {
    std::vector<double> xs;
    std::vector<double> ys;
    for (const Series& series : chart.series) {
        for (const Point& point : series.points) {
            xs.push_back(point.x);
            ys.push_back(point.y);
        }
    }
    Area area = plot_area(chart, width);
    const AxisScale y{chart.y, ys, {.first_pixel = area.bottom, .last_pixel = area.top}};
    double widest_tick = 0;
    for (const double tick : y.ticks()) widest_tick = std::max(widest_tick, text_width(format_tick(chart.y, tick)));
    area.left = widest_tick + 14;
    const AxisScale x{chart.x,
                      xs,
                      {.first_pixel = area.left + 10,
                       .last_pixel = area.right - 6,
                       .ticks = width == Width::wide ? 6 : 4,
                       .ends = Ends::at_value}};

    const std::string lines =
        draw_y_axis(area, y, chart.y) + draw_x_axis(area, x, chart.x, false) + draw_all_series(chart, x, y);
    const std::string names = width == Width::wide ? draw_labels(chart, area, x, y) : draw_legend(chart);
    return svg_frame(figure, width, area.bottom + 54, lines + names);
}

}  // namespace station::draw
