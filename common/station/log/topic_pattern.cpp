#include <algorithm>
#include <station/log/config.hpp>
#include <station/log/topic_pattern.hpp>
#include <string>

namespace station::log {

bool is_topic_pattern(std::string_view text) {
    std::string name{text};
    std::replace(name.begin(), name.end(), '*', 'x');
    return is_topic_name(name);
}

bool matches(std::string_view pattern, std::string_view name) {
    std::size_t star = pattern.find('*');
    if (star == std::string_view::npos) return pattern == name;
    if (!name.starts_with(pattern.substr(0, star))) return false;
    name.remove_prefix(star);
    pattern.remove_prefix(star + 1);
    while ((star = pattern.find('*')) != std::string_view::npos) {
        const std::size_t found = name.find(pattern.substr(0, star));
        if (found == std::string_view::npos) return false;
        name.remove_prefix(found + star);
        pattern.remove_prefix(star + 1);
    }
    return name.ends_with(pattern);
}

}  // namespace station::log
