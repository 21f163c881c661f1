#include <loadgen/tour/tour.hpp>

#include <nlohmann/json.hpp>

namespace station::tour {

using Json = nlohmann::ordered_json;

namespace {

Json to_value(const Guess& guess) {
    Json value{{"step", guess.step},     {"question", guess.question}, {"unit", guess.unit},
               {"guess", guess.guessed}, {"measured", nullptr},        {"ratio", nullptr}};
    if (guess.measured) value["measured"] = *guess.measured;
    if (guess.measured && guess.guessed > 0) value["ratio"] = *guess.measured / guess.guessed;
    return value;
}

}  // namespace

std::string to_json(const Tour& tour) {
    Json machine;
    for (const auto& [name, value] : tour.machine) machine[name] = value;
    Json steps = Json::array();
    for (const auto& one : tour.lessons) steps.push_back(lesson::to_json(one));
    Json yours = Json::array();
    Json guesses = Json::array();
    for (const auto& [step, beside] : tour.beside) {
        if (beside.yours) yours.push_back(lesson::to_json(*beside.yours));
        if (beside.guess) guesses.push_back(to_value(*beside.guess));
    }
    const Json all{{"when", tour.when},
                   {"seconds", tour.seconds},
                   {"others", tour.others},
                   {"machine", machine},
                   {"steps", steps},
                   {"yours", yours},
                   {"guesses", guesses},
                   {"loops", lesson::to_json(tour.loops.figures)},
                   {"overlay", lesson::to_json(tour.overlay)}};
    // What a measured program printed may be in a cause, and need not be UTF-8.
    return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace station::tour
