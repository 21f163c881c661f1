#include <loadgen/draw/markup.hpp>

#include <cmath>
#include <cstdio>

namespace station::draw {
namespace {

bool is_forbidden(char character) {
    const auto code = static_cast<unsigned char>(character);
    return (code < 0x20 && character != '\n' && character != '\t') || code == 0x7f;
}

bool is_void(std::string_view name) {
    for (const std::string_view shape : {"path", "line", "rect", "circle", "meta"}) {
        if (name == shape) return true;
    }
    return false;
}

}  // namespace

std::string escape(std::string_view text) {
    std::string escaped;
    escaped.reserve(text.size());
    for (const char character : text) {
        switch (character) {
            case '&': escaped += "&amp;"; break;
            case '<': escaped += "&lt;"; break;
            case '>': escaped += "&gt;"; break;
            case '"': escaped += "&quot;"; break;
            case '\'': escaped += "&#39;"; break;
            default:
                if (is_forbidden(character)) {
                    escaped += "\xEF\xBF\xBD";
                } else {
                    escaped += character;
                }
        }
    }
    return escaped;
}

std::string tag(std::string_view name, std::initializer_list<Attribute> attributes, std::string_view content) {
    std::string markup{"<"};
    markup += name;
    for (const auto& attribute : attributes) {
        markup += ' ';
        markup += attribute.name;
        markup += "=\"" + escape(attribute.value) + '"';
    }
    if (content.empty() && is_void(name)) return markup + "/>";
    markup += '>';
    markup += content;
    markup += "</";
    markup += name;
    markup += '>';
    return markup;
}

std::string pixels(double value) {
    const double rounded = std::round(value * 10) / 10;
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", rounded == 0 ? 0.0 : rounded);
    std::string result{text};
    if (result.ends_with(".0")) result.resize(result.size() - 2);
    return result;
}

}  // namespace station::draw
