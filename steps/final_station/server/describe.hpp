// The station's state in words: JSON for the page and for people. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "metrics_page.hpp"
#include "session/control_text.hpp"
#include "station.hpp"

namespace station::final_station {

// One entry of it.
std::string describe_topic(const engine::Topic& topic);

// GET /api/topics, and the control text "topics".
std::string describe_topics(const Station& station);
std::string topics_text(const Station& station, std::string_view ref);

struct Health {
    bool ready = true;
    std::string status;  // "ok"; "degraded": reads fail, and are tried again; "failed", "shutting_down"
    std::string json;
};
Health describe_health(const Station& station);

}  // namespace station::final_station
