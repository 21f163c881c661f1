#include "describe.hpp"

#include <unistd.h>

#include <ctime>
#include <fstream>
#include <station/log/event_json.hpp>
#include <station/metrics/prometheus.hpp>
#include <station/wire/json.hpp>

#include "server/session/control.hpp"

namespace station::final_station {
namespace {

using metrics::PrometheusText;

const char* name_of(log::Condition condition) {
    switch (condition) {
        case log::Condition::open: return "open";
        case log::Condition::read_only: return "read_only";
        case log::Condition::failed: return "failed";
        case log::Condition::closed: return "closed";
        case log::Condition::unreadable: return "unreadable";
    }
    return "";
}

std::string problem_member(const log::Topic& topic) {
    if (topic.condition() != log::Condition::unreadable) return {};
    return R"(,"problem":")" + wire::escape_json(topic.problem().message()) + "\"";
}

std::string describe(const log::Topic& topic) {
    const log::TopicStats stats = topic.stats();
    return R"({"name":")" + topic.name() + R"(","stream":)" + std::to_string(topic.stream()) + R"(,"first_offset":)" +
           std::to_string(topic.first_offset()) + R"(,"next_offset":)" + std::to_string(topic.next_offset()) +
           R"(,"bytes":)" + std::to_string(stats.disk_bytes) + R"(,"segments":)" + std::to_string(stats.segments) +
           R"(,"subscribers":)" + std::to_string(stats.cursors) + R"(,"condition":")" + name_of(topic.condition()) +
           "\"" + problem_member(topic) + R"(,"recovery":)" + log::to_json(topic.recovery()) + "}";
}

struct Sample {
    log::Topic topic;
    log::TopicStats stats;
};

void topic_family(PrometheusText& text, const std::vector<Sample>& samples, const char* name, const char* type,
                  const char* help, std::uint64_t (*value)(const Sample&)) {
    text.family(name, type, help);
    for (const Sample& sample : samples) text.sample({{"topic", sample.topic.name()}}, value(sample));
}

void put_topics(PrometheusText& text, const Station& station) {
    std::vector<Sample> samples;
    for (const log::Topic& topic : station.topics()) samples.push_back({topic, topic.stats()});
    const auto put = [&](const char* name, const char* type, const char* help, std::uint64_t (*value)(const Sample&)) {
        topic_family(text, samples, name, type, help, value);
    };
    put("station_events_total", "counter", "Events appended since the start.",
        [](const Sample& s) { return s.stats.events; });
    put("station_event_bytes_total", "counter", "Bytes appended, with their framing.",
        [](const Sample& s) { return s.stats.bytes; });
    put("station_groups_total", "counter", "Groups of events that were written together.",
        [](const Sample& s) { return s.stats.groups; });
    put("station_syncs_total", "counter", "fdatasync calls.", [](const Sample& s) { return s.stats.syncs; });
    put("station_synced_events_total", "counter", "Events that they covered.",
        [](const Sample& s) { return s.stats.synced_events; });
    put("station_topic_refused_total", "counter", "Publishes that the topic refused.",
        [](const Sample& s) { return s.stats.rejected; });
    put("station_rotations_total", "counter", "Segments begun after the first.",
        [](const Sample& s) { return s.stats.rotations; });
    put("station_seals_put_off_total", "counter",
        "Times that a full segment could not be sealed yet; each is tried again.",
        [](const Sample& s) { return s.stats.put_off; });
    put("station_read_errors_total", "counter", "Reads of the topic that failed; each is tried again.",
        [](const Sample& s) { return s.stats.read_errors; });
    put("station_queue_depth", "gauge", "Events that wait for the topic's writer.",
        [](const Sample& s) { return s.stats.queued; });
    put("station_subscribers", "gauge", "Cursors on the topic.", [](const Sample& s) { return s.stats.cursors; });
    put("station_segments", "gauge", "Segment files.", [](const Sample& s) { return s.stats.segments; });
    put("station_log_bytes", "gauge", "Bytes of the log on disk.", [](const Sample& s) { return s.stats.disk_bytes; });
    put("station_first_offset", "gauge", "Offset of the first event that is there.",
        [](const Sample& s) { return s.topic.first_offset(); });
    put("station_next_offset", "gauge", "Offset that the next event will get.",
        [](const Sample& s) { return s.topic.next_offset(); });
    put("station_topic_writable", "gauge", "1 where the topic takes publishes, 0 where it is damaged or has failed.",
        [](const Sample& s) { return std::uint64_t{s.topic.condition() == log::Condition::open}; });
    put("station_recovery_cut_bytes", "gauge", "Bytes of a torn tail that the last start cut and kept aside.",
        [](const Sample& s) { return s.topic.recovery().cut_bytes; });

    text.family("station_recovery_seconds", "gauge", "How long the last start's recovery of the topic took.");
    for (const Sample& s : samples) {
        const double seconds = std::chrono::duration<double>(s.topic.recovery().duration).count();
        text.sample({{"topic", s.topic.name()}}, seconds);
    }
    text.family("station_sync_seconds", "histogram", "Time of one fdatasync.");
    for (const Sample& s : samples) {
        text.histogram({{"topic", s.topic.name()}}, log::TopicStats::kSyncBounds, s.stats.sync_buckets,
                       static_cast<double>(s.stats.sync_nanos) / 1e9);
    }
    text.family("station_group_events", "histogram", "Events that one write and one sync covered.");
    for (const Sample& s : samples) {
        const std::vector<double> bounds(log::TopicStats::kGroupBounds.begin(), log::TopicStats::kGroupBounds.end());
        text.histogram({{"topic", s.topic.name()}}, bounds, s.stats.group_buckets, static_cast<double>(s.stats.events));
    }
    text.family("station_subscriber_lag_events", "gauge", "Events that the slowest subscriber is behind.");
    const auto lag = station.lag();
    for (const Sample& s : samples) {
        const auto found = lag.find(s.topic.stream());
        text.sample({{"topic", s.topic.name()}}, found == lag.end() ? std::uint64_t{0} : found->second);
    }
}

void put_server(PrometheusText& text, const Station& station) {
    const Counters& counters = station.counters;
    const metrics::Counts counts = counters.publishes();
    const auto one = [&](const char* name, const char* type, const char* help, std::uint64_t value) {
        text.family(name, type, help);
        text.sample({}, value);
    };
    one("station_received_total", "counter", "Publishes taken in.", counts.received);
    one("station_processed_total", "counter", "Publishes acknowledged.", counts.processed);
    one("station_dropped_total", "counter", "Publishes rejected or failed.", counts.dropped);
    text.family("station_rejected_total", "counter", "Publishes refused, by reason.");
    for (std::size_t i = 0; i < kRefusalNames.size(); ++i) {
        text.sample({{"reason", kRefusalNames[i]}}, counters.refusals[i].load(std::memory_order_relaxed));
    }
    text.family("station_publish_seconds", "histogram", "From a publish being read to its answer being ready.");
    text.histogram({}, metrics::kLatencyBounds, counters.publish_seconds.buckets(),
                   counters.publish_seconds.sum_seconds());
    text.family("station_fanout_lag_seconds", "histogram",
                "From an event's time to its being sent to a live subscriber.");
    text.histogram({}, metrics::kLatencyBounds, counters.fanout_seconds.buckets(),
                   counters.fanout_seconds.sum_seconds());
    text.family("station_connections", "gauge", "Open connections.");
    for (std::size_t i = 0; i < kDoorNames.size(); ++i) {
        text.sample({{"door", kDoorNames[i]}}, counters.doors[i].open.load(std::memory_order_relaxed));
    }
    text.family("station_connections_total", "counter", "Connections taken.");
    for (std::size_t i = 0; i < kDoorNames.size(); ++i) {
        text.sample({{"door", kDoorNames[i]}}, counters.doors[i].opened.load(std::memory_order_relaxed));
    }
    one("station_received_bytes_total", "counter", "Bytes read from clients.", counters.bytes_in.load());
    one("station_sent_bytes_total", "counter", "Bytes sent to clients.", counters.bytes_out.load());
    one("station_delivered_total", "counter", "Events sent to subscribers.", counters.delivered.load());
    one("station_in_flight_bytes", "gauge", "Payloads on their way to the disk.", counters.in_flight_bytes.load());
    one("station_slow_closed_total", "counter", "Connections ended for being too slow.", counters.slow_closed.load());
    one("station_broken_requests_total", "counter", "Frames, texts and requests that did not parse.",
        counters.broken_requests.load());
    one("station_unauthorized_total", "counter", "Requests and lines without the token, or with a wrong one.",
        counters.unauthorized.load());
    one("station_subscriptions", "gauge", "Subscriptions of all connections, HTTP's readers among them.",
        station.subscriptions());
    one("station_accept_errors_total", "counter", "Times that a waiting connection could not be taken.",
        station.troubles.accept_errors());
    one("station_out_of_memory_total", "counter", "Times that there was no memory, and a connection ended by it.",
        station.troubles.times_out_of_memory());
    text.family("station_uptime_seconds", "gauge", "Time since the start.");
    text.sample({}, std::chrono::duration<double>(std::chrono::steady_clock::now() - station.started).count());
}

void put_process(PrometheusText& text) {
    std::ifstream statm{"/proc/self/statm"};
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    if (!(statm >> size >> resident)) return;
    text.family("process_resident_memory_bytes", "gauge", "Resident memory.");
    text.sample({}, resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
    text.family("process_cpu_seconds_total", "counter", "User and system time.");
    text.sample({}, static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC));
}

std::string quoted(const std::string& name) { return "\"" + name + "\""; }

void add_to_list(std::string& list, const std::string& item) {
    if (!list.empty()) list += ',';
    list += item;
}

}  // namespace

std::string describe_topics(const Station& station) {
    std::string json = "[";
    for (const log::Topic& topic : station.topics()) {
        if (json.size() > 1) json += ',';
        json += describe(topic);
    }
    return json + "]";
}

std::string topics_text(const Station& station, std::string_view ref) {
    return R"({"type":"topics","topics":)" + describe_topics(station) + ref_member(ref) + "}";
}

std::string describe_metrics(const Station& station) {
    PrometheusText text;
    put_server(text, station);
    put_topics(text, station);
    put_process(text);
    return text.take();
}

Health describe_health(const Station& station) {
    Health health;
    std::string failed;
    std::string damaged;
    std::string unreadable;
    const auto topics = station.topics();
    for (const log::Topic& topic : topics) {
        switch (topic.condition()) {
            case log::Condition::failed: add_to_list(failed, quoted(topic.name())); break;
            case log::Condition::read_only: add_to_list(damaged, quoted(topic.name())); break;
            case log::Condition::unreadable:
                add_to_list(unreadable, R"({"topic":")" + topic.name() + "\"" + problem_member(topic) + "}");
                break;
            case log::Condition::open:
            case log::Condition::closed: break;
        }
    }
    std::string troubled;
    for (const std::string& name : station.troubles.unreadable_topics()) add_to_list(troubled, quoted(name));
    const bool stopping = station.stopping.load();
    const bool whole = failed.empty() && unreadable.empty();
    health.ready = !stopping && whole;
    const auto uptime =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - station.started);
    health.status = stopping ? "shutting_down" : !whole ? "failed" : troubled.empty() ? "ok" : "degraded";
    health.json = R"({"status":")" + health.status + R"(","topics":)" + std::to_string(topics.size()) +
                  R"(,"failed":[)" + failed + R"(],"damaged":[)" + damaged + R"(],"unreadable":[)" + unreadable +
                  R"(],"read_errors":[)" + troubled + R"(],"uptime_seconds":)" + std::to_string(uptime.count()) + "}";
    return health;
}

std::string damage_text(const log::Topic& topic, const log::Damage& damage) {
    return R"({"type":"error","reason":"damaged","detail":"events are lost: )" + wire::escape_json(damage.reason) +
           R"(","topic":")" + topic.name() + R"(","first_offset":)" + std::to_string(damage.first_offset) +
           R"(,"next_offset":)" + std::to_string(damage.next_offset) + "}";
}

std::string published_text(const log::Topic& topic, const log::Receipt& receipt, std::string_view ref) {
    return R"({"type":"published","topic":")" + topic.name() + R"(","id":")" + receipt.id.to_text() + R"(","offset":)" +
           std::to_string(receipt.offset) + R"(,"time":)" + std::to_string(receipt.time) + ref_member(ref) + "}";
}

std::string message_text(std::string_view topic, const log::EventView& event) {
    return R"({"type":"message",)" + log::event_json(topic, event).substr(1);
}

}  // namespace station::final_station
