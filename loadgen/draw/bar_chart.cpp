#include <loadgen/draw/canvas.hpp>
#include <loadgen/draw/drawings.hpp>
#include <loadgen/draw/markup.hpp>

#include <algorithm>

namespace station::draw {
namespace {

constexpr double kBarHeight = 26;
constexpr double kWideStep = 44;
constexpr double kNarrowStep = 62;  // name and note stand above the bar

Color color_of(Meaning meaning) {
    switch (meaning) {
        case Meaning::main: break;
        case Meaning::base: return Color::sky;
        case Meaning::wrong: return Color::orange;
        case Meaning::loss: return Color::red;
    }
    return Color::blue;
}

std::string note_of(const BarChart::Bar& bar) { return bar.note.empty() ? format_number(total(bar)) : bar.note; }

// The names of the parts, above the bars: in a row, or one below the other. A single part needs none.
std::string draw_legend(const BarChart& chart, double left, Width width) {
    std::string svg;
    double x = left;
    double y = 14;
    for (const auto& part : chart.parts) {
        const std::string swatch = tag("rect", {{"class", "bar"},
                                                {"x", pixels(x)},
                                                {"y", pixels(y - 10)},
                                                {"width", "12"},
                                                {"height", "12"},
                                                {"rx", "2"}});
        svg += tag("g", {{"class", color_class(color_of(part.meaning))}},
                   swatch + text_at(x + 18, y + 0.5, Anchor::start, "label", part.label));
        if (width == Width::wide) {
            x += text_width(part.label) + 44;
        } else {
            y += kLegendStep;
        }
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
        const double length = std::max(2.0, scale.at(sum) - from);
        const std::string tooltip = bar.name.text() + ", " + chart.parts[i].label + ": " + format_number(bar.values[i]);
        svg += tag("rect",
                   {{"class", "bar " + color_class(color_of(chart.parts[i].meaning))},
                    {"x", pixels(from)},
                    {"y", pixels(y)},
                    {"width", pixels(length)},
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

struct Layout {
    Area area;
    double step = 0;
    double offset = 0;  // from the top of a bar's place to the bar
};

Layout lay_out(const BarChart& chart, Width width) {
    double names = 0;
    double notes = 0;
    for (const auto& bar : chart.bars) {
        names = std::max(names, text_width(bar.name.text()));
        notes = std::max(notes, text_width(note_of(bar)));
    }
    const auto count = static_cast<double>(chart.bars.size());
    const bool has_legend = chart.parts.size() > 1;
    if (width == Width::wide) {
        const double top = has_legend ? 36 : 8;
        return {.area = {.left = std::min(names + 18, 280.0),
                         .top = top,
                         .right = canvas_width(width) - std::min(notes + 22, 240.0),
                         .bottom = top + count * kWideStep + 6},
                .step = kWideStep,
                .offset = (kWideStep - kBarHeight) / 2 + 3};
    }
    const double top = has_legend ? 12 + kLegendStep * static_cast<double>(chart.parts.size()) : 8;
    return {.area = {.left = 4, .top = top, .right = canvas_width(width) - 22, .bottom = top + count * kNarrowStep + 6},
            .step = kNarrowStep,
            .offset = kNarrowStep - kBarHeight - 4};
}

}  // namespace

std::string draw(const Figure& figure, const BarChart& chart, Width width) {
    std::vector<double> values;
    for (const auto& bar : chart.bars) {
        values.push_back(total(bar));
        if (bar.expected) values.push_back(*bar.expected);
    }
    const Layout layout = lay_out(chart, width);
    const Area& area = layout.area;
    const bool is_wide = width == Width::wide;
    const AxisScale scale{chart.value,
                          values,
                          {.first_pixel = area.left, .last_pixel = area.right, .ticks = is_wide ? 5 : 3}};

    std::string svg = chart.parts.size() > 1 ? draw_legend(chart, is_wide ? area.left : 4, width) : std::string{};
    svg += draw_x_axis(area, scale, chart.value, true);
    for (std::size_t i = 0; i < chart.bars.size(); ++i) {
        const auto& bar = chart.bars[i];
        const double y = area.top + static_cast<double>(i) * layout.step + layout.offset;
        const double end = scale.at(std::max(total(bar), bar.expected.value_or(0)));
        const double middle = y + kBarHeight / 2 + 4.5;
        svg += draw_bar(chart, bar, y, scale);
        if (is_wide) {
            svg += text_at(area.left - 12, middle, Anchor::end, "label", bar.name.text());
            svg += text_at(end + 10, middle, Anchor::start, "value", note_of(bar));
        } else {
            svg += text_at(area.left, y - 9, Anchor::start, "label", bar.name.text());
            svg += text_at(area.right + 18, y - 9, Anchor::end, "value", note_of(bar));
        }
    }
    return svg_frame(figure, width, area.bottom + 52, svg);
}

}  // namespace station::draw
