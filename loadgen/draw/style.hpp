// How the page and its graphs look. The colours are told apart by people who confuse red and green, too, and differ in
// lightness, so that a print in black and white still reads.
#pragma once

#include <string_view>

namespace station::draw {

extern const std::string_view kStyle;

}  // namespace station::draw
