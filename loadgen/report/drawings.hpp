// The parts of chart.hpp, one for each kind of figure.
#pragma once

#include <loadgen/report/figure.hpp>
#include <string>

namespace station::report {

std::string draw(const Figure& figure, const LineChart& chart);
std::string draw(const Figure& figure, const BarChart& chart);
std::string draw(const Figure& figure, const GanttChart& chart);

}  // namespace station::report
