// What an object is called in the learner's source, read off the lines that use it: "lock{mutex_}" names a mutex,
// "size_.load()" an atomic. Types and variables of the debug information would say more, at a hundred times the code.
#pragma once

#include <loadgen/explore/symbols.hpp>
#include <string>
#include <string_view>

namespace station::explore {

// The line without its indent and its comment; empty where the file can't be read.
std::string source_line(const Place& place);

// The one object that the line can mean; empty: none, or several.
std::string object_in(std::string_view line);

}  // namespace station::explore
