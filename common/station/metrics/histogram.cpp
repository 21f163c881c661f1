#include <station/metrics/histogram.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

namespace station::metrics {

Histogram::Histogram() : buckets_(std::make_unique<std::array<std::uint64_t, kBuckets>>()) {}

Histogram::Histogram(const Histogram& other)
    : buckets_(std::make_unique<std::array<std::uint64_t, kBuckets>>(*other.buckets_)),
      count_(other.count_),
      min_(other.min_),
      max_(other.max_),
      sum_(other.sum_) {}

Histogram& Histogram::operator=(const Histogram& other) {
    if (this != &other) *this = Histogram(other);
    return *this;
}

std::size_t Histogram::bucket_of(std::uint64_t value) {
    if (value < kParts) return static_cast<std::size_t>(value);
    const auto exponent = static_cast<unsigned>(std::bit_width(value)) - 1 - kPrecisionBits;
    const auto part = static_cast<std::size_t>(value >> exponent) - kParts;
    return (exponent + 1) * kParts + part;
}

std::uint64_t Histogram::highest_value(std::size_t bucket) {
    if (bucket < kParts) return bucket;
    const auto exponent = bucket / kParts - 1;
    const auto lowest = static_cast<std::uint64_t>(kParts + bucket % kParts) << exponent;
    return lowest + ((std::uint64_t{1} << exponent) - 1);
}

void Histogram::record(std::uint64_t value, std::uint64_t times) {
    if (times == 0) return;
    (*buckets_)[bucket_of(value)] += times;
    min_ = count_ == 0 ? value : std::min(min_, value);
    max_ = std::max(max_, value);
    sum_ += static_cast<double>(value) * static_cast<double>(times);
    count_ += times;
}

void Histogram::merge(const Histogram& other) {
    if (other.count_ == 0) return;
    for (std::size_t i = 0; i < kBuckets; ++i) (*buckets_)[i] += (*other.buckets_)[i];
    min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
    sum_ += other.sum_;
    count_ += other.count_;
}

void Histogram::clear() {
    buckets_->fill(0);
    count_ = min_ = max_ = 0;
    sum_ = 0;
}

double Histogram::mean() const { return count_ == 0 ? 0.0 : sum_ / static_cast<double>(count_); }

std::uint64_t Histogram::percentile(double percent) const {
    if (count_ == 0) return 0;
    // 99.9 is a little more than 99.9 in binary: the next smaller number keeps the rank from being one too high.
    const double share = std::nextafter(std::clamp(percent, 0.0, 100.0), 0.0);
    const auto rank =
        std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_) / 100.0)), 1,
                                  count_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
        seen += (*buckets_)[i];
        if (seen >= rank) return std::clamp(highest_value(i), min_, max_);
    }
    return max_;
}

}  // namespace station::metrics
