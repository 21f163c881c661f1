// The station's state in words: JSON for the page and for people, Prometheus' text for monitoring. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "station.hpp"

namespace station::final_station {

// GET /api/topics, and the control text "topics".
std::string describe_topics(const Station& station);
std::string topics_text(const Station& station, std::string_view ref);
std::string describe_metrics(const Station& station);

struct Health {
    bool ready = true;
    std::string status;  // "ok"; "degraded": reads fail, and are tried again; "failed", "shutting_down"
    std::string json;
};
Health describe_health(const Station& station);

// A notice to a subscriber whose events are lost: {"type":"error","reason":"damaged",…}.
std::string damage_text(const log::Topic& topic, const log::Damage& damage);

// {"type":"published","topic":…,"id":…,"offset":…,"time":…}, the answer to a control text.
std::string published_text(const log::Topic& topic, const log::Receipt& receipt, std::string_view ref);

// {"type":"message","topic":…,…} of the line door.
std::string message_text(std::string_view topic, const log::EventView& event);

}  // namespace station::final_station
