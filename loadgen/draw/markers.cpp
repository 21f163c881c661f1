#include <loadgen/draw/markers.hpp>
#include <loadgen/draw/markup.hpp>

namespace station::draw {

Marker marker_of(const Series& series, const Point& point, std::size_t nth) {
    switch (point.outcome) {
        case Outcome::none: break;
        case Outcome::pass: return Marker::circle;
        case Outcome::fail: return Marker::cross;
        case Outcome::inconclusive: return Marker::ring;
    }
    if (series.name.whose == Whose::yours) return Marker::diamond;
    if (series.name.whose == Whose::before) return Marker::square;
    constexpr Marker kShapes[] = {Marker::circle, Marker::square, Marker::triangle, Marker::diamond};
    return kShapes[nth % 4];
}

std::string marker(Marker shape, double x, double y, const std::string& tooltip) {
    const std::string hover = tooltip.empty() ? "" : tag("title", {}, escape(tooltip));
    const auto path = [&](const char* kind, double up, const char* corners) {
        return tag("path", {{"class", kind}, {"d", "M" + pixels(x) + " " + pixels(y - up) + corners}}, hover);
    };
    switch (shape) {
        case Marker::circle: break;
        case Marker::ring:
            return tag("circle", {{"class", "ring"}, {"cx", pixels(x)}, {"cy", pixels(y)}, {"r", "4.5"}}, hover);
        case Marker::square:
            return tag("rect", {{"x", pixels(x - 4)}, {"y", pixels(y - 4)}, {"width", "8"}, {"height", "8"}}, hover);
        case Marker::triangle: return path("point", 5.5, "l5 8.7h-10z");
        case Marker::diamond: return path("point", 6.5, "l6.5 6.5l-6.5 6.5l-6.5 -6.5z");
        case Marker::cross: return path("cross", 0, "m-5 -5l10 10m0 -10l-10 10");
    }
    return tag("circle", {{"cx", pixels(x)}, {"cy", pixels(y)}, {"r", "4.5"}}, hover);
}

}  // namespace station::draw
