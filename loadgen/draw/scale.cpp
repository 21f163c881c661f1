#include <loadgen/draw/scale.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <station/base/numbers.hpp>

namespace station::draw {
namespace {

// The multiple of 1, 2 or 5 times a power of ten that divides `range` into about `wanted` parts.
double nice_step(double range, int wanted) {
    const double rough = range / std::max(1, wanted);
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    const double lead = rough / power;
    return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
}

// Floating point makes 3 * 0.1 a little more than 0.3.
constexpr double kSlack = 1e-9;

double log_floor(double value) {
    const double power = std::pow(10.0, std::floor(std::log10(value) + kSlack));
    for (const double lead : {5.0, 2.0}) {
        if (lead * power <= value * (1 + kSlack)) return lead * power;
    }
    return power;
}

double log_ceiling(double value) {
    const double power = std::pow(10.0, std::floor(std::log10(value) + kSlack));
    for (const double lead : {1.0, 2.0, 5.0}) {
        if (lead * power >= value * (1 - kSlack)) return lead * power;
    }
    return 10 * power;
}

std::string with_separators(double value) {
    char digits[64];
    std::snprintf(digits, sizeof digits, "%.0f", value);
    return base::with_commas(std::string{digits});
}

}  // namespace

std::string format_number(double value) {
    if (!std::isfinite(value)) return "–";
    const double size = std::abs(value);
    if (size >= 99.95) return with_separators(value);
    if (size == 0) return "0";
    const int decimals = std::clamp(2 - static_cast<int>(std::floor(std::log10(size * 1.0005))), 1, 9);
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    std::string result{text};
    result.erase(result.find_last_not_of('0') + 1);
    if (result.ends_with('.')) result.pop_back();
    return result;
}

std::string format_ratio(double value) {
    constexpr double kSmall = 0.1;
    if (value <= 0 || value >= kSmall) return format_number(value) + "×";
    const double power = std::pow(10.0, 1 - std::floor(std::log10(value)));
    return format_number(std::round(value * power) / power) + "×";
}

std::vector<double> linear_ticks(double from, double to, int wanted) {
    if (!(to > from)) return {from};
    const double step = nice_step(to - from, wanted);
    std::vector<double> ticks;
    for (double i = std::ceil(from / step - kSlack); i * step <= to + step * kSlack; ++i) ticks.push_back(i * step);
    return ticks;
}

std::vector<double> log_ticks(double from, double to) {
    const double decades = std::log10(to / from);
    std::vector<double> leads{1};
    if (decades <= 3) leads = {1, 2, 5};
    std::vector<double> ticks;
    for (double power = std::floor(std::log10(from) + kSlack); std::pow(10.0, power) <= to * (1 + kSlack); ++power) {
        for (const double lead : leads) {
            const double tick = lead * std::pow(10.0, power);
            if (tick >= from * (1 - kSlack) && tick <= to * (1 + kSlack)) ticks.push_back(tick);
        }
    }
    return ticks;
}

AxisScale::AxisScale(const Axis& axis, const std::vector<double>& values, const Layout& layout)
    : scale_(axis.scale), layout_(layout), ticks_(axis.ticks) {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
    for (const double value : values) {
        if (!std::isfinite(value) || (scale_ == Scale::log && value <= 0)) continue;
        low = std::min(low, value);
        high = std::max(high, value);
    }
    if (low > high) low = high = 1;
    switch (scale_) {
        case Scale::linear: choose_linear(axis, low, high); break;
        case Scale::log: choose_log(axis, low, high); break;
        case Scale::percentile: choose_percentile(axis, high); break;
    }
    std::erase_if(ticks_, [&](double tick) { return tick < from_ * (1 - kSlack) || tick > to_ * (1 + kSlack); });
}

void AxisScale::choose_linear(const Axis& axis, double low, double high) {
    from_ = axis.from.value_or(std::min(0.0, low));
    to_ = axis.to.value_or(std::max(0.0, high));
    if (to_ <= from_) to_ = from_ + 1;
    const double step = nice_step(to_ - from_, layout_.ticks);
    if (!axis.from) from_ = std::floor(from_ / step + kSlack) * step;
    if (!axis.to && layout_.ends == Ends::at_tick) to_ = std::ceil(to_ / step - kSlack) * step;
    if (ticks_.empty()) ticks_ = linear_ticks(from_, to_, layout_.ticks);
}

void AxisScale::choose_log(const Axis& axis, double low, double high) {
    const bool rounded = layout_.ends == Ends::at_tick;
    from_ = axis.from.value_or(rounded ? log_floor(low) : low);
    to_ = axis.to.value_or(rounded ? log_ceiling(high) : high);
    if (to_ <= from_) to_ = from_ * 10;
    if (ticks_.empty()) ticks_ = log_ticks(from_, to_);
}

void AxisScale::choose_percentile(const Axis& axis, double high) {
    constexpr double kLast = 99.9999;
    from_ = axis.from.value_or(0);
    to_ = std::min(axis.to.value_or(high), kLast);
    if (to_ <= from_) to_ = kLast;
    if (ticks_.empty()) ticks_ = {0, 50, 90, 99, 99.9, 99.99, 99.999};
}

// How far `value` is on the way from one end to the other.
double AxisScale::share_of(double value) const {
    switch (scale_) {
        case Scale::linear: break;
        case Scale::log: return std::log(value / from_) / std::log(to_ / from_);
        case Scale::percentile: return std::log((100 - value) / (100 - from_)) / std::log((100 - to_) / (100 - from_));
    }
    return (value - from_) / (to_ - from_);
}

double AxisScale::at(double value) const {
    const double inside = std::clamp(std::isfinite(value) ? value : to_, from_, to_);
    return layout_.first_pixel + share_of(inside) * (layout_.last_pixel - layout_.first_pixel);
}

}  // namespace station::draw
