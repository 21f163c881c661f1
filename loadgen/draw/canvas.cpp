#include <loadgen/draw/canvas.hpp>
#include <loadgen/draw/markup.hpp>

#include <algorithm>
#include <cstdio>
#include <numeric>

namespace station::draw {

std::string text_at(double x, double y, Anchor anchor, std::string_view kind, std::string_view text) {
    const char* const anchors[] = {"start", "middle", "end"};
    return tag("text",
               {{"class", std::string{kind}},
                {"x", pixels(x)},
                {"y", pixels(y)},
                {"text-anchor", anchors[static_cast<std::size_t>(anchor)]}},
               escape(text));
}

std::string color_class(Color color) {
    const char* const names[] = {"c-blue", "c-orange", "c-red", "c-green", "c-purple", "c-sky", "c-grey"};
    return names[static_cast<std::size_t>(color)];
}

std::string axis_title(const Axis& axis) { return axis.unit.empty() ? axis.label : axis.label + ", " + axis.unit; }

double text_width(std::string_view text) {
    const auto letters = std::count_if(text.begin(), text.end(),
                                       [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; });
    return static_cast<double>(letters) * kLetterWidth;
}

std::vector<std::string> fit(std::string_view text, double width) {
    std::vector<std::string> lines{""};
    while (!text.empty()) {
        const auto space = std::min(text.find(' '), text.size());
        const std::string word{text.substr(0, space)};
        text.remove_prefix(std::min(space + 1, text.size()));
        if (!lines.back().empty() && text_width(lines.back() + " " + word) > width) lines.emplace_back();
        lines.back() += (lines.back().empty() ? "" : " ") + word;
    }
    return lines;
}

std::string format_tick(const Axis& axis, double value) {
    if (axis.scale != Scale::percentile) return format_number(value);
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

std::string draw_y_axis(const Area& area, const AxisScale& scale, const Axis& axis) {
    const auto rule = [&](const char* kind, double y) {
        return tag("line", {{"class", kind},
                            {"x1", pixels(area.left)},
                            {"x2", pixels(area.right)},
                            {"y1", pixels(y)},
                            {"y2", pixels(y)}});
    };
    std::string svg;
    const auto title = fit(axis_title(axis), area.right);
    for (std::size_t i = 0; i < title.size(); ++i) {
        const double up = 20 + kTextHeight * static_cast<double>(title.size() - 1 - i);
        svg += text_at(0, area.top - up, Anchor::start, "axis-title", title[i]);
    }
    svg += rule("axis", area.bottom);
    for (const double tick : scale.ticks()) {
        const double y = scale.at(tick);
        if (y < area.bottom) svg += rule("grid", y);
        svg += text_at(area.left - 10, y + 4.5, Anchor::end, "tick", format_tick(axis, tick));
    }
    return svg;
}

std::string draw_x_axis(const Area& area, const AxisScale& scale, const Axis& axis, bool grid) {
    std::string svg;
    for (const double tick : scale.ticks()) {
        const double x = scale.at(tick);
        svg += tag("line", {{"class", grid ? "grid" : "axis"},
                            {"x1", pixels(x)},
                            {"x2", pixels(x)},
                            {"y1", pixels(grid ? area.top : area.bottom)},
                            {"y2", pixels(area.bottom + 5)}});
        svg += text_at(x, area.bottom + 21, Anchor::middle, "tick", format_tick(axis, tick));
    }
    svg += text_at(area.right, area.bottom + 44, Anchor::end, "axis-title", axis_title(axis));
    return svg;
}

std::vector<double> spread(const std::vector<double>& wanted, double gap, double low, double high) {
    std::vector<std::size_t> order(wanted.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });

    // Labels that touch form a block around the mean of where they want to be; blocks that touch become one.
    struct Block {
        double sum;
        std::size_t count;
        double top(double distance, double lowest, double highest) const {
            const double length = static_cast<double>(count - 1) * distance;
            const double centred = sum / static_cast<double>(count) - length / 2;
            return std::max(lowest, std::min(centred, highest - length));
        }
    };
    std::vector<Block> blocks;
    for (const std::size_t i : order) {
        blocks.push_back({wanted[i], 1});
        while (blocks.size() > 1) {
            const Block& last = blocks.back();
            Block& before = blocks[blocks.size() - 2];
            const double end = before.top(gap, low, high) + static_cast<double>(before.count) * gap;
            if (last.top(gap, low, high) >= end) break;
            before = {before.sum + last.sum, before.count + last.count};
            blocks.pop_back();
        }
    }

    std::vector<double> places(wanted.size());
    std::size_t next = 0;
    for (const Block& block : blocks) {
        const double top = block.top(gap, low, high);
        for (std::size_t i = 0; i < block.count; ++i) places[order[next++]] = top + static_cast<double>(i) * gap;
    }
    return places;
}

const std::string& headline_of(const Figure& figure) { return figure.says.empty() ? figure.title : figure.says; }

std::string svg_frame(const Figure& figure, Width width, double height, std::string_view content) {
    const std::string description = figure.compares.empty() ? figure.about : figure.compares + " " + figure.about;
    return tag("svg",
               {{"viewBox", "0 0 " + pixels(canvas_width(width)) + " " + pixels(height)},
                {"role", "img"},
                {"aria-label", headline_of(figure) + ". " + description}},
               tag("title", {}, escape(headline_of(figure))) + tag("desc", {}, escape(description)) +
                   std::string{content});
}

}  // namespace station::draw
