#include "metrics_page.hpp"

#include <algorithm>
#include <limits>
#include <station/metrics/process_numbers.hpp>

#include "version.hpp"

namespace station::final_station {
namespace {

constexpr std::size_t kTopicsAtOnce = 64;

template <std::size_t N>
void add_buckets(std::array<std::uint64_t, N>& to, const std::array<std::uint64_t, N>& from) {
    for (std::size_t i = 0; i < N; ++i) to[i] += from[i];
}

std::uint64_t load(const Counters::Number& number) { return number.load(std::memory_order_relaxed); }

}  // namespace

MetricsPage::MetricsPage(const Station& station) : station_(station), topics_(station.topics()), lag_(station.lag()) {
    samples_.reserve(topics_.size());
}

bool MetricsPage::next(std::string& out, std::size_t bytes) {
    using Part = bool (MetricsPage::*)();
    constexpr Part kParts[] = {&MetricsPage::look_at_topics,  &MetricsPage::put_publishes,
                               &MetricsPage::put_connections, &MetricsPage::put_topic_families,
                               &MetricsPage::put_log,         &MetricsPage::put_process};
    while (part_ < std::size(kParts) && text_.size() < bytes) {
        const bool looking = part_ == 0;
        if (!(this->*kParts[part_])()) ++part_;
        if (looking) break;  // it takes its time, and writes nothing
    }
    out += text_.take();
    return part_ < std::size(kParts);
}

bool MetricsPage::look_at_topics() {
    const std::size_t until = std::min(samples_.size() + kTopicsAtOnce, topics_.size());
    while (samples_.size() < until) add(topics_[samples_.size()]);
    return until < topics_.size();
}

void MetricsPage::add(const engine::Topic& topic) {
    const log::TopicStats stats = topic.stats();
    samples_.push_back({topic, stats.events, stats.queued, stats.cursors, stats.disk_bytes});
    all_.events += stats.events;
    all_.bytes += stats.bytes;
    all_.groups += stats.groups;
    all_.syncs += stats.syncs;
    all_.synced_events += stats.synced_events;
    all_.sync_nanos += stats.sync_nanos;
    all_.rotations += stats.rotations;
    all_.retired_segments += stats.retired_segments;
    all_.retired_events += stats.retired_events;
    all_.retired_bytes += stats.retired_bytes;
    all_.put_off += stats.put_off;
    all_.read_errors += stats.read_errors;
    all_.segments += stats.segments;
    add_buckets(all_.group_buckets, stats.group_buckets);
    add_buckets(all_.sync_buckets, stats.sync_buckets);
    if (const log::RecoveryReport* const recovery = topic.recovery()) {
        cut_bytes_ += recovery->cut_bytes;
        recovery_ += recovery->duration;
    }
}

void MetricsPage::one(const char* name, const char* type, const char* help, std::uint64_t value) {
    text_.family(name, type, help);
    text_.sample({}, value);
}

bool MetricsPage::put_publishes() {
    const Counters& counters = station_.counters;
    const metrics::Counts counts = counters.publishes();
    one("station_received_total", "counter", "Publishes taken in.", counts.received);
    one("station_processed_total", "counter", "Publishes acknowledged.", counts.processed);
    one("station_dropped_total", "counter", "Publishes rejected or failed.", counts.dropped);
    text_.family("station_rejected_total", "counter", "Publishes rejected or failed, by reason.");
    const auto rows = refusals();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (&refusal_of(rows[i].code) != &rows[i]) continue;  // counted with the first row of its reason
        text_.sample({{"reason", rows[i].reason}}, load(counters.rejected[i]));
    }
    text_.family("station_publish_seconds", "histogram", "From a publish being read to its answer being ready.");
    text_.histogram({}, metrics::kLatencyBounds, counters.publish_seconds.buckets(),
                    counters.publish_seconds.sum_seconds());
    one("station_in_flight_bytes", "gauge", "Payloads on their way to the disk.", load(counters.in_flight_bytes));
    one("station_delivered_total", "counter", "Events sent to subscribers, HTTP's readers among them.",
        load(counters.delivered));
    text_.family("station_fanout_lag_seconds", "histogram",
                 "From an event's time to its being sent to a live subscriber.");
    text_.histogram({}, metrics::kLatencyBounds, counters.fanout_seconds.buckets(),
                    counters.fanout_seconds.sum_seconds());
    one("station_subscriptions", "gauge", "Subscriptions of all connections, HTTP's readers among them.",
        station_.subscriptions());
    return false;
}

void MetricsPage::put_responses() {
    text_.family("station_http_responses_total", "counter", "Answers of the web port, by status.");
    for (std::size_t i = 0; i < station_.counters.responses.size(); ++i) {
        const std::uint64_t count = load(station_.counters.responses[i]);
        if (count > 0 || i == 100) text_.sample({{"code", std::to_string(100 + i)}}, count);
    }
}

bool MetricsPage::put_connections() {
    const Counters& counters = station_.counters;
    text_.family("station_connections", "gauge", "Open connections.");
    for (std::size_t i = 0; i < kDoorNames.size(); ++i) {
        text_.sample({{"door", kDoorNames[i]}}, load(counters.doors[i].open));
    }
    text_.family("station_connections_total", "counter", "Connections taken.");
    for (std::size_t i = 0; i < kDoorNames.size(); ++i) {
        text_.sample({{"door", kDoorNames[i]}}, load(counters.doors[i].opened));
    }
    one("station_received_bytes_total", "counter", "Bytes read from clients.", load(counters.bytes_in));
    one("station_sent_bytes_total", "counter", "Bytes sent to clients.", load(counters.bytes_out));
    one("station_slow_closed_total", "counter", "Connections ended for being too slow.", load(counters.slow_closed));
    one("station_broken_requests_total", "counter", "Frames, texts and requests that did not parse.",
        load(counters.broken_requests));
    one("station_unauthorized_total", "counter", "Requests and lines without the token, or with a wrong one.",
        load(counters.unauthorized));
    text_.family("station_refused_total", "counter", "Requests and connections turned away at the door, by reason.");
    for (std::size_t i = 0; i < kDenialNames.size(); ++i) {
        text_.sample({{"reason", kDenialNames[i]}}, load(counters.denials[i]));
    }
    put_responses();
    one("station_accept_errors_total", "counter", "Times that a waiting connection could not be taken.",
        station_.troubles.accept_errors());
    one("station_out_of_memory_total", "counter", "Times that there was no memory, and a connection ended by it.",
        station_.troubles.times_out_of_memory());
    return false;
}

const std::vector<MetricsPage::TopicFamily>& MetricsPage::topic_families() {
    static const std::vector<TopicFamily> all{
        {"station_events_total", "counter", "Events appended since the start.",
         [](const MetricsPage&, const Sample& s) { return s.events; }},
        {"station_next_offset", "gauge", "Offset that the next event will get.",
         [](const MetricsPage&, const Sample& s) { return s.topic.next_offset(); }},
        {"station_first_offset", "gauge", "Offset of the first event that is kept.",
         [](const MetricsPage&, const Sample& s) { return s.topic.first_offset(); }},
        {"station_log_bytes", "gauge", "Bytes of the log on disk.",
         [](const MetricsPage&, const Sample& s) { return s.disk_bytes; }},
        {"station_queue_depth", "gauge", "Events that wait for the topic's writer.",
         [](const MetricsPage&, const Sample& s) { return s.queued; }},
        {"station_subscribers", "gauge", "Cursors on the topic.",
         [](const MetricsPage&, const Sample& s) { return s.cursors; }},
        {"station_subscriber_lag_events", "gauge", "Events that the slowest subscriber is behind.",
         [](const MetricsPage& page, const Sample& s) {
             const auto found = page.lag_.find(s.topic.stream());
             return found == page.lag_.end() ? std::uint64_t{0} : found->second;
         }},
        {"station_topic_writable", "gauge", "1 where the topic takes publishes, 0 where it is damaged or has failed.",
         [](const MetricsPage&, const Sample& s) {
             return std::uint64_t{s.topic.condition() == log::Condition::open};
         }},
    };
    return all;
}

bool MetricsPage::put_topic_families() {
    const TopicFamily& family = topic_families()[family_];
    if (in_family_ == 0) text_.family(family.name, family.type, family.help);
    const std::size_t until = std::min(in_family_ + kTopicsAtOnce, samples_.size());
    for (; in_family_ < until; ++in_family_) {
        const Sample& sample = samples_[in_family_];
        text_.sample({{"topic", sample.topic.name()}}, family.value(*this, sample));
    }
    if (in_family_ < samples_.size()) return true;
    in_family_ = 0;
    return ++family_ < topic_families().size();
}

bool MetricsPage::put_log() {
    one("station_topics", "gauge", "Topics.", samples_.size());
    one("station_segments", "gauge", "Segment files of all topics.", all_.segments);
    one("station_event_bytes_total", "counter", "Bytes appended, with their framing.", all_.bytes);
    one("station_groups_total", "counter", "Groups of events that were written together.", all_.groups);
    one("station_syncs_total", "counter", "fdatasync calls.", all_.syncs);
    one("station_synced_events_total", "counter", "Events that they covered.", all_.synced_events);
    text_.family("station_sync_seconds", "histogram", "Time of one fdatasync.");
    text_.histogram({}, log::TopicStats::kSyncBounds, all_.sync_buckets, static_cast<double>(all_.sync_nanos) / 1e9);
    text_.family("station_group_events", "histogram", "Events that one write and one sync covered.");
    const std::vector<double> bounds(log::TopicStats::kGroupBounds.begin(), log::TopicStats::kGroupBounds.end());
    text_.histogram({}, bounds, all_.group_buckets, static_cast<double>(all_.events));
    one("station_rotations_total", "counter", "Segments begun after the first.", all_.rotations);
    one("station_seals_put_off_total", "counter",
        "Times that a full segment could not be sealed yet; each is tried again.", all_.put_off);
    one("station_retired_segments_total", "counter", "Segments that have gone by retention.", all_.retired_segments);
    one("station_retired_events_total", "counter", "Events in them.", all_.retired_events);
    one("station_retired_bytes_total", "counter", "Bytes of them.", all_.retired_bytes);
    one("station_read_errors_total", "counter", "Reads of a topic that failed; each is tried again.", all_.read_errors);
    one("station_recovery_cut_bytes", "gauge", "Bytes of torn tails that the last start cut and kept aside.",
        cut_bytes_);
    text_.family("station_recovery_seconds", "gauge", "How long the last start's recovery of all topics took.");
    text_.sample({}, std::chrono::duration<double>(recovery_).count());
    return false;
}

bool MetricsPage::put_process() {
    const metrics::ProcessNumbers process = metrics::process_numbers();
    text_.family("station_build_info", "gauge", "1, of this version.");
    text_.sample({{"version", version()}}, std::uint64_t{1});
    text_.family("station_uptime_seconds", "gauge", "Time since the start.");
    text_.sample({}, std::chrono::duration<double>(std::chrono::steady_clock::now() - station_.started).count());
    text_.family("process_start_time_seconds", "gauge", "When the server began, in seconds since 1970.");
    text_.sample({}, std::chrono::duration<double>(station_.started_at.time_since_epoch()).count());
    text_.family("process_cpu_seconds_total", "counter", "User and system time.");
    text_.sample({}, process.cpu_seconds);
    // Without a descriptor to read it by it is not known, which is not 0.
    if (process.resident_bytes > 0) {
        one("process_resident_memory_bytes", "gauge", "Resident memory.", process.resident_bytes);
    }
    one("process_open_fds", "gauge", "Open file descriptors.", process.open_fds);
    one("process_max_fds", "gauge", "Most file descriptors that may be open.", process.max_fds);
    return false;
}

}  // namespace station::final_station
