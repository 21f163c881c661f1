#include <loadgen/hammer/chart.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace station::hammer {
namespace {

constexpr double kWidth = 860;
constexpr double kHeight = 260;
constexpr double kLeft = 84;
constexpr double kRight = 56;
constexpr double kTop = 16;
constexpr double kBottom = 34;

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", value);
    return text;
}

std::string label(double x, double y, std::string_view anchor, std::string_view kind, std::string_view text) {
    return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + std::string{anchor} +
           "\" class=\"" + std::string{kind} + "\">" + std::string{text} + "</text>\n";
}

// 1, 2 or 5 times a power of ten: the step that cuts `range` into about `parts`.
double round_step(double range, double parts) {
    const double rough = range / parts;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * power >= rough) return factor * power;
    }
    return 10 * power;
}

class Axes {
  public:
    explicit Axes(const Chart& chart) : chart_(chart) {
        last_ = chart.seconds.empty() ? 1 : std::max(chart.seconds.back(), 1e-3);
        for (const Line& line : chart.lines) {
            for (const double value : line.values) include(value);
        }
        if (highest_ <= 0) lowest_ = highest_ = 1;
        if (chart.logarithmic) {
            lowest_ = std::pow(10, std::floor(std::log10(lowest_)));
            highest_ = std::max(std::pow(10, std::ceil(std::log10(highest_))), lowest_ * 10);
        } else {
            const double step = round_step(highest_, 4);
            lowest_ = 0;
            highest_ = step * std::ceil(highest_ / step);
        }
    }

    double x(double seconds) const { return kLeft + (kWidth - kLeft - kRight) * seconds / last_; }
    double y(double value) const {
        const double clamped = std::clamp(value, lowest_, highest_);
        const double share = chart_.logarithmic ? std::log(clamped / lowest_) / std::log(highest_ / lowest_)
                                                : clamped / highest_;
        return kHeight - kBottom - (kHeight - kTop - kBottom) * share;
    }

    std::string draw() const {
        std::string svg;
        const double step = chart_.logarithmic ? 10 : round_step(highest_, 4);
        for (double at = lowest_; at <= highest_ * 1.001; at = chart_.logarithmic ? at * step : at + step) {
            svg += "<line class=\"grid\" x1=\"" + number(kLeft) + "\" x2=\"" + number(kWidth - kRight) +
                   "\" y1=\"" + number(y(at)) + "\" y2=\"" + number(y(at)) + "\"/>\n";
            svg += label(kLeft - 8, y(at) + 4, "end", "text", chart_.in_words(at));
        }
        const double seconds = round_step(last_, 8);
        for (double at = 0; at <= last_ * 1.001; at += seconds) {
            char text[32];
            std::snprintf(text, sizeof text, "%g s", at);
            svg += label(x(at), kHeight - 12, "middle", "text", text);
        }
        return svg;
    }

  private:
    void include(double value) {
        highest_ = std::max(highest_, value);
        if (value > 0) lowest_ = lowest_ == 0 ? value : std::min(lowest_, value);
    }

    const Chart& chart_;
    double last_ = 1;
    double lowest_ = 0;
    double highest_ = 0;
};

}  // namespace

std::string to_svg(const Chart& chart) {
    const Axes axes{chart};
    std::string svg = "<svg viewBox=\"0 0 " + number(kWidth) + " " + number(kHeight) +
                      "\" role=\"img\" aria-label=\"" + chart.title + "\">\n" + axes.draw();
    double label_floor = 0;
    for (std::size_t i = 0; i < chart.lines.size(); ++i) {
        const Line& line = chart.lines[i];
        const std::string kind = std::to_string(i);
        svg += "<polyline class=\"line line" + kind + "\" points=\"";
        for (std::size_t at = 0; at < line.values.size(); ++at) {
            svg += number(axes.x(chart.seconds[at])) + "," + number(axes.y(line.values[at])) + " ";
        }
        svg += "\"/>\n";
        if (line.values.empty()) continue;
        // Two labels that would lie on each other are moved apart.
        const double y = std::max(axes.y(line.values.back()) + 4, label_floor);
        label_floor = y + 15;
        svg += label(axes.x(chart.seconds.back()) + 6, y, "start", "text name" + kind, line.name);
    }
    return svg + "</svg>\n";
}

}  // namespace station::hammer
