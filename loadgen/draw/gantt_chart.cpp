#include <loadgen/draw/canvas.hpp>
#include <loadgen/draw/drawings.hpp>
#include <loadgen/draw/markup.hpp>

#include <algorithm>

namespace station::draw {
namespace {

constexpr double kTop = 36;
constexpr double kHighestRow = 18;
constexpr double kRowsHeight = 340;

std::string strip(std::string_view kind, double from, double to, double y, double height, const std::string& tooltip) {
    return tag("rect",
               {{"class", std::string{kind}},
                {"x", pixels(from)},
                {"y", pixels(y)},
                {"width", pixels(std::max(to - from, 1.5))},
                {"height", pixels(height)}},
               tag("title", {}, escape(tooltip)));
}

std::string draw_row(const GanttChart& chart, std::size_t index, const AxisScale& time, double y, double height) {
    const auto& row = chart.rows[index];
    const std::string who = chart.row_label + " " + std::to_string(index + 1) + ": ";
    const std::string unit = " " + chart.time.unit;
    return strip("waiting", time.at(row.came), time.at(row.served), y, height,
                 who + "waited " + format_number(row.served - row.came) + unit) +
           strip("bar c-blue", time.at(row.served), time.at(row.left), y, height,
                 who + "served after " + format_number(row.served) + unit);
}

std::string draw_legend(const GanttChart& chart, double left, Width width) {
    double y = 14;
    std::string svg = strip("waiting", left, left + 26, y - 10, 12, "") +
                      text_at(left + 34, y + 0.5, Anchor::start, "label", "waits") +
                      strip("bar c-blue", left + 96, left + 122, y - 10, 12, "") +
                      text_at(left + 130, y + 0.5, Anchor::start, "label", "is served");
    if (!chart.expected.empty()) {
        const double x = width == Width::wide ? left + 222 : left;
        if (width == Width::narrow) y += kLegendStep;
        svg += tag("path", {{"class", "expected"}, {"d", "M" + pixels(x) + " " + pixels(y - 4) + "h26"}});
        svg += text_at(x + 34, y + 0.5, Anchor::start, "label", chart.expected_label);
    }
    return svg;
}

}  // namespace

std::string draw(const Figure& figure, const GanttChart& chart, Width width) {
    const auto count = static_cast<double>(std::max<std::size_t>(chart.rows.size(), 1));
    const double step = std::min(kHighestRow, kRowsHeight / count);
    const double height = std::max(1.0, step - (step > 4 ? 1.5 : 0.5));
    const bool is_wide = width == Width::wide;
    const double top = is_wide || chart.expected.empty() ? kTop : kTop + kLegendStep;
    const Area area{.left = 84, .top = top, .right = canvas_width(width) - 20, .bottom = top + step * count + 4};

    std::vector<double> times;
    for (const auto& row : chart.rows) times.push_back(row.left);
    for (const Point& point : chart.expected) times.push_back(point.x);
    const AxisScale time{
        chart.time,
        times,
        {.first_pixel = area.left, .last_pixel = area.right, .ticks = is_wide ? 6 : 3, .ends = Ends::at_value}};

    std::string svg = draw_legend(chart, is_wide ? area.left : 4, width);
    svg += draw_x_axis(area, time, chart.time, true);
    for (std::size_t i = 0; i < chart.rows.size(); ++i) {
        const double y = area.top + static_cast<double>(i) * step;
        svg += draw_row(chart, i, time, y, height);
        if (i == 0 || i + 1 == chart.rows.size()) {
            svg += text_at(area.left - 10, y + height / 2 + 4.5, Anchor::end, "tick",
                           chart.row_label + " " + std::to_string(i + 1));
        }
    }
    std::string path;
    for (const Point& point : chart.expected) {
        path += path.empty() ? "M" : "L";
        path += pixels(time.at(point.x)) + " " + pixels(area.top + point.y * step);
    }
    if (!path.empty()) svg += tag("path", {{"class", "expected"}, {"d", path}});
    return svg_frame(figure, width, area.bottom + 52, svg);
}

}  // namespace station::draw
