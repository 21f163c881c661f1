#include <loadgen/report/chart.hpp>

#include <loadgen/report/drawings.hpp>

namespace station::report {

std::string to_svg(const Figure& figure, Width width) {
    return std::visit([&](const auto& chart) { return draw(figure, chart, width); }, figure.chart);
}

}  // namespace station::report
