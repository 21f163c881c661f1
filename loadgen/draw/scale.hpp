// From values to places on a line, and the numbers people expect to see beside an axis.
#pragma once

#include <loadgen/draw/figure.hpp>
#include <string>
#include <vector>

namespace station::draw {

// "1,234", "12.3", "0.045": three significant digits, and all of them from 100 on.
std::string format_number(double value);

// "66.4×", "0.098×"
std::string format_ratio(double value);

// Between two and about `wanted` multiples of 1, 2 or 5 times a power of ten that lie in [from, to].
std::vector<double> linear_ticks(double from, double to, int wanted);
// Powers of ten in [from, to], with their 2 and 5 fold where the range is short.
std::vector<double> log_ticks(double from, double to);

// Where an axis ends that leaves it open: at the next tick, or at the outermost value.
enum class Ends { at_tick, at_value };

// An axis with its ends and ticks decided, laid out between two pixels. Values off the axis are put on its end, so that
// a zero can be drawn on a logarithmic axis.
class AxisScale {
  public:
    struct Layout {
        double first_pixel = 0;
        double last_pixel = 0;
        int ticks = 5;  // about how many are wanted
        Ends ends = Ends::at_tick;
    };

    // `values` are all values that the axis must cover.
    AxisScale(const Axis& axis, const std::vector<double>& values, const Layout& layout);

    double at(double value) const;
    const std::vector<double>& ticks() const { return ticks_; }
    double from() const { return from_; }
    double to() const { return to_; }

  private:
    void choose_linear(const Axis& axis, double low, double high);
    void choose_log(const Axis& axis, double low, double high);
    void choose_percentile(const Axis& axis, double high);
    double share_of(double value) const;

    Scale scale_;
    Layout layout_;
    double from_ = 0;
    double to_ = 0;
    std::vector<double> ticks_;
};

}  // namespace station::draw
