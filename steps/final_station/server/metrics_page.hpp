// GET /metrics, in Prometheus' text format, written piece by piece: with thousands of topics it is long, and whoever
// writes it on an I/O thread lets others have their turn between two pieces. No lock is held from one to the next, so a
// topic's numbers are of the moment it was looked at.
//
// What grows with the topics is a handful of series for each; whatever can be told of all of them together is a sum,
// and histograms are the process's alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <station/log/topic_stats.hpp>
#include <station/metrics/prometheus.hpp>
#include <string>
#include <vector>

#include "station.hpp"

namespace station::final_station {

class MetricsPage {
  public:
    explicit MetricsPage(const Station& station);  // which outlives it

    // Appends the next piece, of about so many bytes; false where that was the last one.
    bool next(std::string& out, std::size_t bytes);

  private:
    struct Sample {
        engine::Topic topic;
        std::uint64_t events = 0;
        std::uint64_t queued = 0;
        std::uint64_t cursors = 0;
        std::uint64_t disk_bytes = 0;
    };
    struct TopicFamily {
        const char* name;
        const char* type;
        const char* help;
        std::uint64_t (*value)(const MetricsPage& page, const Sample& sample);
    };
    static const std::vector<TopicFamily>& topic_families();

    // Each writes a part of its own, or a piece of it; false: it is done, and the next one's turn.
    bool look_at_topics();
    bool put_publishes();
    bool put_connections();
    bool put_topic_families();
    bool put_log();
    bool put_process();

    void add(const engine::Topic& topic);
    void one(const char* name, const char* type, const char* help, std::uint64_t value);
    void put_responses();

    const Station& station_;
    metrics::PrometheusText text_;
    std::size_t part_ = 0;
    std::vector<engine::Topic> topics_;
    std::vector<Sample> samples_;
    log::TopicStats all_;  // sums; its last four are gauges
    std::uint64_t cut_bytes_ = 0;
    std::chrono::nanoseconds recovery_{0};
    std::map<std::uint32_t, std::uint64_t> lag_;
    std::size_t family_ = 0;     // of topic_families()
    std::size_t in_family_ = 0;  // of samples_
};

}  // namespace station::final_station
