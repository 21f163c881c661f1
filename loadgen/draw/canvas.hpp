// What all charts share: the frame of an SVG, axes with their grid, and labels that don't overlap.
#pragma once

#include <loadgen/draw/chart.hpp>
#include <loadgen/draw/scale.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace station::draw {

// In the SVG's own units; on the page it is scaled to the width there is.
inline double canvas_width(Width width) { return width == Width::wide ? 720 : 400; }
inline constexpr double kTextHeight = 16;    // of one line
inline constexpr double kLegendStep = 22;    // from one name of a legend to the one below
inline constexpr double kLetterWidth = 7.9;  // of an average letter of a label, in a wide font

struct Area {
    double left = 0;
    double top = 0;
    double right = 0;
    double bottom = 0;
};

enum class Anchor { start, middle, end };

// `kind` is a class of the style sheet: "tick", "label", "axis-title".
std::string text_at(double x, double y, Anchor anchor, std::string_view kind, std::string_view text);

// "c-blue", a class that sets the colour of what carries it.
std::string color_class(Color color);

// "latency, ms"
std::string axis_title(const Axis& axis);
double text_width(std::string_view text);

// Breaks `text` at spaces into lines that are at most `width` wide; a longer word gets a line of its own.
std::vector<std::string> fit(std::string_view text, double width);

// A number beside an axis, and in the column of the table that belongs to it.
std::string format_tick(const Axis& axis, double value);

// Horizontal grid lines with the y axis's numbers, and the axis's title above them, in as many lines as it needs.
std::string draw_y_axis(const Area& area, const AxisScale& scale, const Axis& axis);
// Numbers under the area, and the axis's title; vertical grid lines where `grid`.
std::string draw_x_axis(const Area& area, const AxisScale& scale, const Axis& axis, bool grid);

// Moves the middles of labels apart until they are `gap` away from each other, within [low, high] as far as there is
// room. Returns the new places, in the order of `wanted`.
std::vector<double> spread(const std::vector<double>& wanted, double gap, double low, double high);

// The sentence that stands above the figure.
const std::string& headline_of(const Figure& figure);

// <svg role="img">, with what is to see and how to read it for who can't see it.
std::string svg_frame(const Figure& figure, Width width, double height, std::string_view content);

}  // namespace station::draw
