#include <algorithm>
#include <station/base/assertion.hpp>
#include <station/net/http_router.hpp>
#include <station/net/http_target.hpp>

namespace station::net {
namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
    std::vector<std::string_view> segments;
    while (path.starts_with('/')) {
        path.remove_prefix(1);
        segments.push_back(path.substr(0, path.find('/')));
        path.remove_prefix(segments.back().size());
    }
    return segments;
}

bool is_name(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

std::string_view name_in(std::string_view segment) { return segment.substr(1, segment.size() - 2); }

}  // namespace

const std::string& PathParameters::at(std::string_view name) const {
    const auto found = std::ranges::find_if(values_, [&](const auto& value) { return value.first == name; });
    STATION_ASSERT(found != values_.end());
    return found->second;
}

std::size_t HttpRouteTable::add(std::string_view method, std::string_view pattern) {
    const auto same = std::ranges::find_if(patterns_, [&](const auto& one) { return one->text == pattern; });
    auto place = same;
    if (same == patterns_.end()) {
        auto added = std::make_unique<Pattern>(Pattern{std::string{pattern}, {}, {}});
        added->segments = segments_of(added->text);
        STATION_ASSERT(!added->segments.empty());
        place = std::ranges::find_if(patterns_, [&](const auto& one) { return goes_before(*added, *one); });
        place = patterns_.insert(place, std::move(added));
    }
    const bool is_new = (*place)->routes.emplace(method, size_).second;
    STATION_ASSERT(is_new);
    return size_++;
}

// Where both match a path, the one with the word in the first segment that differs is meant.
bool HttpRouteTable::goes_before(const Pattern& a, const Pattern& b) {
    const auto names = [](const Pattern& pattern) {
        std::vector<bool> are_names;
        for (const auto segment : pattern.segments) are_names.push_back(is_name(segment));
        return are_names;
    };
    return names(a) < names(b);
}

bool HttpRouteTable::matches(const Pattern& pattern, const std::vector<std::string>& path) {
    return std::ranges::equal(pattern.segments, path, [](std::string_view segment, const std::string& sent) {
        return is_name(segment) ? !sent.empty() : segment == sent;
    });
}

HttpRouteTable::Found HttpRouteTable::find(std::string_view method, std::string_view raw_path) const {
    std::vector<std::string> path;
    for (const auto segment : segments_of(raw_path)) path.push_back(percent_decoded(segment).value_or(""));
    Found found;
    const auto place = std::ranges::find_if(patterns_, [&](const auto& one) { return matches(*one, path); });
    if (place == patterns_.end()) return found;
    const Pattern& pattern = **place;
    for (const auto& [name, route] : pattern.routes) {
        found.allow += (found.allow.empty() ? "" : ", ") + name;
        if (name == "GET" && !pattern.routes.contains("HEAD")) found.allow += ", HEAD";
    }
    auto route = pattern.routes.find(method);
    if (route == pattern.routes.end() && method == "HEAD") route = pattern.routes.find("GET");
    if (route == pattern.routes.end()) return found;
    found.route = route->second;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (is_name(pattern.segments[i])) found.parameters.add(name_in(pattern.segments[i]), std::move(path[i]));
    }
    return found;
}

}  // namespace station::net
