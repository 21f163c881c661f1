// Draws figures as SVG and, for who can't see them, as tables. The markup carries class names and no colours: those
// come from the page's style sheet (style.hpp), so that one drawing serves light and dark.
#pragma once

#include <loadgen/draw/figure.hpp>
#include <string>

namespace station::draw {

// For half a projector's screen and more, or for half of that and for phones: the letters keep their size.
enum class Width { wide, narrow };

std::string to_svg(const Figure& figure, Width width = Width::wide);
// <table>…</table> with the numbers of the figure.
std::string to_table(const Figure& figure);

}  // namespace station::draw
