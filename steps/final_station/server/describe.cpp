#include "describe.hpp"

#include <station/log/retention_text.hpp>
#include <station/wire/json_writer.hpp>

namespace station::final_station {
namespace {

const char* name_of(log::Condition condition) {
    switch (condition) {
        case log::Condition::open: return "open";
        case log::Condition::read_only: return "read_only";
        case log::Condition::failed: return "failed";
        case log::Condition::closed: return "closed";
        case log::Condition::unreadable: return "unreadable";
        case log::Condition::deleted: return "deleted";
    }
    return "";
}

void put_problem(wire::JsonWriter& json, const engine::Topic& topic) {
    if (topic.condition() == log::Condition::unreadable) json.member("problem", topic.problem());
}

void put_topic(wire::JsonWriter& json, const engine::Topic& topic) {
    const log::TopicStats stats = topic.stats();
    json.begin_object().member("name", topic.name()).member("stream", topic.stream());
    json.member("first_offset", topic.first_offset()).member("next_offset", topic.next_offset());
    json.member("bytes", stats.disk_bytes).member("segments", stats.segments).member("subscribers", stats.cursors);
    json.member("condition", name_of(topic.condition()));
    put_problem(json, topic);
    json.raw_member("retention", log::to_json(topic.retention()));
    if (const log::RecoveryReport* const found = topic.recovery()) json.raw_member("recovery", log::to_json(*found));
    json.end_object();
}

void put_topics(wire::JsonWriter& json, const Station& station) {
    json.begin_array();
    for (const engine::Topic& topic : station.topics()) put_topic(json, topic);
    json.end_array();
}

void put_engine(wire::JsonWriter& json, const engine::State& engine) {
    json.begin_object().member("name", engine.name).member("acknowledged", engine.acknowledged);
    json.member("reachable", engine.reachable);
    if (!engine.problem.empty()) json.member("problem", engine.problem);
    json.end_object();
}

void put_names(wire::JsonWriter& json, std::string_view key, const std::vector<std::string>& names) {
    json.key(key).begin_array();
    for (const std::string& name : names) json.value(name);
    json.end_array();
}

}  // namespace

std::string describe_topic(const engine::Topic& topic) {
    std::string text;
    wire::JsonWriter json{text};
    put_topic(json, topic);
    return text;
}

std::string describe_topics(const Station& station) {
    std::string text;
    wire::JsonWriter json{text};
    put_topics(json, station);
    return text;
}

std::string topics_text(const Station& station, std::string_view ref) {
    std::string text;
    wire::JsonWriter json{text};
    json.begin_object().member("type", "topics").key("topics");
    put_topics(json, station);
    if (!ref.empty()) json.raw_member("ref", ref);
    json.end_object();
    return text;
}

Health describe_health(const Station& station) {
    Health health;
    std::vector<std::string> failed;
    std::vector<std::string> damaged;
    std::vector<engine::Topic> unreadable;
    const auto topics = station.topics();
    for (const engine::Topic& topic : topics) {
        switch (topic.condition()) {
            case log::Condition::failed: failed.push_back(topic.name()); break;
            case log::Condition::read_only: damaged.push_back(topic.name()); break;
            case log::Condition::unreadable: unreadable.push_back(topic); break;
            case log::Condition::open:
            case log::Condition::closed:
            case log::Condition::deleted: break;
        }
    }
    const std::vector<std::string> troubled = station.troubles.unreadable_topics();
    const bool stopping = station.stopping.load();
    const engine::State engine = station.registry.engine().state();
    const bool whole = failed.empty() && unreadable.empty() && engine.reachable;
    health.ready = !stopping && whole;
    health.status = stopping ? "shutting_down" : !whole ? "failed" : troubled.empty() ? "ok" : "degraded";

    wire::JsonWriter json{health.json};
    json.begin_object().member("status", health.status).member("topics", topics.size());
    put_names(json, "failed", failed);
    put_names(json, "damaged", damaged);
    json.key("unreadable").begin_array();
    for (const engine::Topic& topic : unreadable) {
        json.begin_object().member("topic", topic.name());
        put_problem(json, topic);
        json.end_object();
    }
    json.end_array();
    put_names(json, "read_errors", troubled);
    json.key("engine");
    put_engine(json, engine);
    const auto uptime = std::chrono::steady_clock::now() - station.started;
    json.member("uptime_seconds", std::chrono::duration_cast<std::chrono::seconds>(uptime).count()).end_object();
    return health;
}

}  // namespace station::final_station
