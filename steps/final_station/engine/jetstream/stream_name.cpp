#include "stream_name.hpp"

#include <algorithm>
#include <station/base/text.hpp>
#include <station/log/config.hpp>

namespace station::jetstream {
namespace {

constexpr std::size_t kMaxPrefix = 64;

std::string without_dots(std::string_view topic) {
    std::string name{topic};
    std::replace(name.begin(), name.end(), '.', '=');
    return name;
}

}  // namespace

bool is_prefix(std::string_view text) {
    const auto fits = [](char c) { return base::is_alphanumeric(c) || c == '_' || c == '-'; };
    return !text.empty() && text.size() <= kMaxPrefix && std::all_of(text.begin(), text.end(), fits);
}

std::string stream_of(std::string_view prefix, std::string_view topic) {
    return std::string{prefix} + "-" + without_dots(topic);
}

std::string subject_of(std::string_view prefix, std::string_view topic) {
    return std::string{prefix} + "." + without_dots(topic);
}

std::optional<std::string> topic_of(std::string_view prefix, std::string_view subject) {
    const std::string begin = std::string{prefix} + ".";
    if (!subject.starts_with(begin)) return std::nullopt;
    std::string topic{subject.substr(begin.size())};
    if (topic.find('.') != std::string::npos) return std::nullopt;
    std::replace(topic.begin(), topic.end(), '=', '.');
    return log::is_topic_name(topic) ? std::optional{topic} : std::nullopt;
}

}  // namespace station::jetstream
