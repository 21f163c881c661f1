#include <station/metrics/bucket_histogram.hpp>
#include <station/metrics/prometheus.hpp>

#include <cmath>
#include <string>

#include "catch.hpp"

using station::metrics::LatencyBuckets;
using station::metrics::PrometheusText;

TEST_CASE("prometheus: a family has its help, its type and its samples") {
    PrometheusText text;
    text.family("events_total", "counter", "Events.");
    text.sample({}, std::uint64_t{7});
    text.sample({{"topic", "a"}, {"door", "b"}}, 0.5);
    CHECK(text.take() ==
          "# HELP events_total Events.\n# TYPE events_total counter\nevents_total 7\n"
          "events_total{topic=\"a\",door=\"b\"} 0.5\n");
}

TEST_CASE("prometheus: a label's value is escaped") {
    PrometheusText text;
    text.family("x", "gauge", "X.");
    text.sample({{"topic", "a\"b\\c\nd"}}, std::uint64_t{1});
    CHECK(text.take().find("x{topic=\"a\\\"b\\\\c\\nd\"} 1\n") != std::string::npos);
}

TEST_CASE("prometheus: a histogram's buckets are running sums that end with all") {
    PrometheusText text;
    text.family("t_seconds", "histogram", "Time.");
    const double bounds[] = {0.1, 1};
    const std::uint64_t buckets[] = {3, 2, 1};
    text.histogram({{"k", "v"}}, bounds, buckets, 2.5);
    CHECK(text.take() ==
          "# HELP t_seconds Time.\n# TYPE t_seconds histogram\n"
          "t_seconds_bucket{k=\"v\",le=\"0.1\"} 3\nt_seconds_bucket{k=\"v\",le=\"1\"} 5\n"
          "t_seconds_bucket{k=\"v\",le=\"+Inf\"} 6\nt_seconds_sum{k=\"v\"} 2.5\nt_seconds_count{k=\"v\"} 6\n");
}

TEST_CASE("prometheus: an observation falls into the bucket whose upper end it does not exceed") {
    LatencyBuckets latency;
    latency.observe(0.00005);
    latency.observe(0.000051, 2);
    latency.observe(100.0);
    const auto buckets = latency.buckets();
    CHECK(buckets[0] == 1);
    CHECK(buckets[1] == 2);
    CHECK(buckets[LatencyBuckets::kCount - 1] == 1);
    CHECK(std::abs(latency.sum_seconds() - 100.000152) < 1e-6);
}
