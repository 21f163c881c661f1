// Writes Prometheus' text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). One family after
// the other: family(), then all its samples. Not thread-safe.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace station::metrics {

class PrometheusText {
  public:
    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    // type: "counter", "gauge" or "histogram".
    void family(std::string_view name, std::string_view type, std::string_view help);
    void sample(Labels labels, std::uint64_t value);
    void sample(Labels labels, double value);
    // `buckets` has one more than `bounds`: what lies beyond the last. They are counts of their own, not running sums.
    void histogram(Labels labels, std::span<const double> bounds, std::span<const std::uint64_t> buckets, double sum);

    std::size_t size() const { return text_.size(); }
    // What was written since the last time; a family goes on.
    std::string take() { return std::exchange(text_, {}); }

  private:
    void line(std::string_view suffix, Labels labels, std::string_view bound, std::string_view value);

    std::string text_;
    std::string name_;
};

}  // namespace station::metrics
