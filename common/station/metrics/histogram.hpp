// A histogram of latencies: constant memory, constant time, relative error at most 1/128 (0.8 %).
//
// The idea is HdrHistogram's (Gil Tene): a value's bucket is its power of two, split into 128 equal parts, so the
// error is a fraction of the value and not of the range. Values are nanoseconds by custom, but any unsigned 64-bit
// number fits, and none is refused. Not thread-safe: give each thread its own and merge() them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace station::metrics {

class Histogram {
  public:
    Histogram();
    Histogram(const Histogram& other);
    Histogram& operator=(const Histogram& other);
    Histogram(Histogram&&) noexcept = default;
    Histogram& operator=(Histogram&&) noexcept = default;
    ~Histogram() = default;

    void record(std::uint64_t value, std::uint64_t times = 1);
    void merge(const Histogram& other);
    void clear();

    std::uint64_t count() const { return count_; }
    // All of these are 0 while nothing was recorded. min, max and mean are exact.
    std::uint64_t min() const { return count_ == 0 ? 0 : min_; }
    std::uint64_t max() const { return max_; }
    double mean() const;

    // The smallest recorded value (within the error above, never above max()) that `percent` of all values do not
    // exceed: percentile(50) is the median, percentile(100) is max().
    std::uint64_t percentile(double percent) const;

    // For graphs: calls visit(highest value of the bucket, how many) for each bucket that holds something.
    template <typename Visit>
    void for_each_bucket(Visit&& visit) const {
        for (std::size_t i = 0; i < kBuckets; ++i) {
            if ((*buckets_)[i] != 0) visit(highest_value(i), (*buckets_)[i]);
        }
    }

  private:
    static constexpr unsigned kPrecisionBits = 7;
    static constexpr std::size_t kParts = std::size_t{1} << kPrecisionBits;
    static constexpr std::size_t kBuckets = (64 - kPrecisionBits + 1) * kParts;

    static std::size_t bucket_of(std::uint64_t value);
    static std::uint64_t highest_value(std::size_t bucket);

    std::unique_ptr<std::array<std::uint64_t, kBuckets>> buckets_;
    std::uint64_t count_ = 0;
    std::uint64_t min_ = 0;
    std::uint64_t max_ = 0;
    double sum_ = 0;
};

}  // namespace station::metrics
