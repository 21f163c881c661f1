// The parts of chart.hpp, one for each kind of figure.
#pragma once

#include <loadgen/draw/chart.hpp>
#include <string>

namespace station::draw {

std::string draw(const Figure& figure, const LineChart& chart, Width width);
std::string draw(const Figure& figure, const BarChart& chart, Width width);
std::string draw(const Figure& figure, const GanttChart& chart, Width width);

}  // namespace station::draw
