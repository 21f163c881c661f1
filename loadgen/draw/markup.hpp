// Text that becomes HTML or SVG. All text goes through escape(), either here or in tag(): what a measured program
// prints must not become markup.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace station::draw {

// For element content and for quoted attribute values. Control characters, which XML forbids, become U+FFFD.
std::string escape(std::string_view text);

struct Attribute {
    std::string_view name;
    std::string value;  // plain text, tag() escapes it
};

// <name a="…">content</name>; `content` is markup already. Without content: <name a="…"/> where `name` is an SVG shape.
std::string tag(std::string_view name, std::initializer_list<Attribute> attributes, std::string_view content = {});

// A coordinate with one decimal at most: "12.5".
std::string pixels(double value);

}  // namespace station::draw
