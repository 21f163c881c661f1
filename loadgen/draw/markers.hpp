// The points on a line: a shape for each series, each program, each verdict, for eyes that don't tell colours apart.
#pragma once

#include <loadgen/draw/figure.hpp>
#include <string>

namespace station::draw {

enum class Marker { circle, square, triangle, diamond, cross, ring };

// `nth` counts the measured series of a chart from 0.
Marker marker_of(const Series& series, const Point& point, std::size_t nth);

// `tooltip` is plain text; empty: none.
std::string marker(Marker shape, double x, double y, const std::string& tooltip);

}  // namespace station::draw
