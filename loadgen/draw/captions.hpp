// What a graph shows, as a sentence made of its own numbers: where a measurement comes out otherwise, so does the
// sentence. Which sentence it is, the figure says.
#pragma once

#include <loadgen/draw/figure.hpp>
#include <string>

namespace station::draw {

// Without a full stop; empty where the figure has no numbers.
std::string what_to_see(const Figure& figure);

std::string capitalized(std::string text);

// With a capital letter and a full stop; empty text stays empty.
std::string sentence(std::string text);

// "66.2 ms", with a space that does not break.
std::string with_unit(double value, const std::string& unit);

// How `value` compares with `other`: "6.8 times", "0.15 times", "as much as".
std::string times(double value, double other);

}  // namespace station::draw
