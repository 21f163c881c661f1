// A file of options, as a service keeps them in /etc:
//
//   # a comment
//   name = value
//
// NAME is an option's without its dashes, VALUE goes to the line's end and has no quotes. A comment has a line of its
// own. What the names mean, CommandLine::read_options_from() knows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace station::app {

struct ConfigLine {
    std::size_t number = 0;  // from 1
    std::string name;
    std::string value;  // never empty
};

inline constexpr std::size_t kLargestConfigFile = std::size_t{1} << 20;

// The error is "3: what is wrong in that line".
tl::expected<std::vector<ConfigLine>, std::string> parse_config(std::string_view text);

// The error is one line that names the file, and the line in it.
tl::expected<std::vector<ConfigLine>, std::string> read_config_file(const std::string& path);

}  // namespace station::app
