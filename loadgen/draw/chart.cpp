#include <loadgen/draw/chart.hpp>

#include <loadgen/draw/drawings.hpp>

namespace station::draw {

std::string to_svg(const Figure& figure, Width width) {
    return std::visit([&](const auto& chart) { return draw(figure, chart, width); }, figure.chart);
}

}  // namespace station::draw
