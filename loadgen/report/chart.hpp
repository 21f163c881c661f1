// Draws figures as SVG and, for who can't see them, as tables. The markup carries class names and no colours: those come
// from the page's style sheet (style.hpp), so that one drawing serves light and dark.
#pragma once

#include <loadgen/report/figure.hpp>
#include <string>

namespace station::report {

std::string to_svg(const Figure& figure);
// <table>…</table> with the numbers of the figure.
std::string to_table(const Figure& figure);

}  // namespace station::report
