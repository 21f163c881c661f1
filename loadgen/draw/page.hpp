// One self-contained HTML page around graphs: no script, no font, no picture from elsewhere. It follows the reader's
// light or dark setting, fits a projector and a phone, and can be printed.
#pragma once

#include <loadgen/draw/figure.hpp>
#include <string>
#include <string_view>

namespace station::draw {

// The whole document; `body` is markup.
std::string page(std::string_view title, std::string_view body);

// <figure>: what to see, how to read it, the drawing for the room there is, and the numbers as a table that unfolds.
std::string figure_block(const Figure& figure);

}  // namespace station::draw
