#include <loadgen/report/tour.hpp>

#include <nlohmann/json.hpp>

namespace station::tour {

std::string to_json(const Tour& tour) {
    using Json = nlohmann::ordered_json;
    Json machine;
    for (const auto& [name, value] : tour.machine) machine[name] = value;
    Json steps = Json::array();
    for (const auto& one : tour.lessons) steps.push_back(lesson::to_json(one));
    const Json all{{"when", tour.when},
                   {"seconds", tour.seconds},
                   {"machine", machine},
                   {"steps", steps},
                   {"overlay", lesson::to_json(tour.overlay)}};
    // What a measured program printed may be in a cause, and need not be UTF-8.
    return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace station::tour
