#include <loadgen/report/canvas.hpp>
#include <loadgen/report/drawings.hpp>
#include <loadgen/report/markup.hpp>

#include <algorithm>
#include <numeric>

namespace station::report {
namespace {

constexpr double kBarHeight = 26;
constexpr double kBarStep = 44;

double total(const BarChart::Bar& bar) { return std::accumulate(bar.values.begin(), bar.values.end(), 0.0); }

std::string note_of(const BarChart::Bar& bar) { return bar.note.empty() ? format_number(total(bar)) : bar.note; }

// The names of the parts, above the bars; a single part needs none.
std::string draw_legend(const BarChart& chart, double left, double y) {
    std::string svg;
    double x = left;
    for (const auto& part : chart.parts) {
        const std::string swatch = tag("rect", {{"class", "bar"},
                                                {"x", pixels(x)},
                                                {"y", pixels(y - 10)},
                                                {"width", "12"},
                                                {"height", "12"},
                                                {"rx", "2"}});
        svg += tag("g", {{"class", color_class(part.color)}},
                   swatch + text_at(x + 18, y + 0.5, Anchor::start, "label", part.label));
        x += text_width(part.label) + 44;
    }
    return svg;
}

std::string draw_bar(const BarChart& chart, const BarChart::Bar& bar, double y, const AxisScale& scale) {
    std::string svg;
    double sum = 0;
    for (std::size_t i = 0; i < bar.values.size() && i < chart.parts.size(); ++i) {
        const double from = scale.at(sum);
        sum += bar.values[i];
        if (bar.values[i] <= 0) continue;
        // A sliver that is there must be seen.
        const double width = std::max(2.0, scale.at(sum) - from);
        const std::string tooltip = bar.label + ", " + chart.parts[i].label + ": " + format_number(bar.values[i]);
        svg += tag("rect",
                   {{"class", "bar " + color_class(chart.parts[i].color)},
                    {"x", pixels(from)},
                    {"y", pixels(y)},
                    {"width", pixels(width)},
                    {"height", pixels(kBarHeight)},
                    {"rx", "2"}},
                   tag("title", {}, escape(tooltip)));
    }
    if (bar.expected) {
        const double x = scale.at(*bar.expected);
        svg += tag("line", {{"class", "expected"},
                            {"x1", pixels(x)},
                            {"x2", pixels(x)},
                            {"y1", pixels(y - 6)},
                            {"y2", pixels(y + kBarHeight + 6)}});
    }
    return svg;
}

}  // namespace

std::string draw(const Figure& figure, const BarChart& chart) {
    std::vector<double> values;
    double names = 0;
    double notes = 0;
    for (const auto& bar : chart.bars) {
        values.push_back(total(bar));
        if (bar.expected) values.push_back(*bar.expected);
        names = std::max(names, text_width(bar.label));
        notes = std::max(notes, text_width(note_of(bar)));
    }
    const bool has_legend = chart.parts.size() > 1;
    const double top = has_legend ? 36 : 8;
    const Area area{.left = std::min(names + 18, 280.0),
                    .top = top,
                    .right = kCanvasWidth - std::min(notes + 22, 240.0),
                    .bottom = top + static_cast<double>(chart.bars.size()) * kBarStep + 6};
    const AxisScale scale{chart.value, values, {.first_pixel = area.left, .last_pixel = area.right}};

    std::string svg = has_legend ? draw_legend(chart, area.left, 14) : std::string{};
    svg += draw_x_axis(area, scale, chart.value, true);
    for (std::size_t i = 0; i < chart.bars.size(); ++i) {
        const auto& bar = chart.bars[i];
        const double y = area.top + static_cast<double>(i) * kBarStep + (kBarStep - kBarHeight) / 2 + 3;
        const double end = scale.at(std::max(total(bar), bar.expected.value_or(0)));
        svg += draw_bar(chart, bar, y, scale);
        svg += text_at(area.left - 12, y + kBarHeight / 2 + 4.5, Anchor::end, "label", bar.label);
        svg += text_at(end + 10, y + kBarHeight / 2 + 4.5, Anchor::start, "value", note_of(bar));
    }
    return svg_frame(figure, area.bottom + 52, svg);
}

}  // namespace station::report
