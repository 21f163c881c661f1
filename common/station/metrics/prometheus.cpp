#include <charconv>
#include <station/metrics/prometheus.hpp>

namespace station::metrics {
namespace {

std::string number(double value) {
    char text[32];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value);
    return {text, end};
}

}  // namespace

void PrometheusText::family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void PrometheusText::sample(Labels labels, std::uint64_t value) { line("", labels, "", std::to_string(value)); }
void PrometheusText::sample(Labels labels, double value) { line("", labels, "", number(value)); }

void PrometheusText::histogram(Labels labels, std::span<const double> bounds, std::span<const std::uint64_t> buckets,
                               double sum) {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < buckets.size(); ++i) {
        count += buckets[i];
        line("_bucket", labels, i < bounds.size() ? number(bounds[i]) : "+Inf", std::to_string(count));
    }
    line("_sum", labels, "", number(sum));
    line("_count", labels, "", std::to_string(count));
}

// A label's value is any text; backslash, quote and line feed are escaped.
void PrometheusText::line(std::string_view suffix, Labels labels, std::string_view bound, std::string_view value) {
    text_.append(name_).append(suffix);
    char separator = '{';
    const auto label = [&](std::string_view name, std::string_view text) {
        text_.append(1, separator).append(name).append("=\"");
        for (const char c : text) {
            if (c == '\\' || c == '"') text_ += '\\';
            text_.append(c == '\n' ? "\\n" : std::string_view{&c, 1});
        }
        text_ += '"';
        separator = ',';
    };
    for (const auto& [name, text] : labels) label(name, text);
    if (!bound.empty()) label("le", bound);
    if (separator == ',') text_ += '}';
    text_.append(" ").append(value).append("\n");
}

}  // namespace station::metrics
