#include <loadgen/check/case.hpp>
#include <loadgen/check/case_reader.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace station::check {
namespace {

constexpr int kFirstStep = 1;
constexpr int kLastStep = 10;

std::set<int> read_steps(const Json& value) {
    std::set<int> steps;
    const auto add = [&](int from, int to) {
        if (from < kFirstStep || to > kLastStep || from > to) throw BadCase{"steps must lie within 1 and 10"};
        for (int step = from; step <= to; ++step) steps.insert(step);
    };
    if (value.is_number_integer()) {
        add(value.get<int>(), value.get<int>());
    } else if (value.is_array()) {
        for (const Json& step : value) add(step.get<int>(), step.get<int>());
    } else {
        allow_keys(value, {"from", "to"});
        add(value.at("from").get<int>(), value.value("to", kLastStep));
    }
    return steps;
}

template <typename Predicate>
std::size_t count(const std::vector<Action>& actions, Predicate predicate) {
    std::size_t sum = 0;
    for (const Action& action : actions) {
        sum += predicate(action) ? 1 : 0;
        if (const auto* const repeat = std::get_if<Repeat>(&action.what)) sum += count(repeat->actions, predicate);
    }
    return sum;
}

bool is_split_everywhere(const Action& action) {
    const auto* const send = std::get_if<Send>(&action.what);
    return send != nullptr && send->split.kind == Split::Kind::everywhere;
}

bool is_cut_outside(const Action& action) {
    const auto* const send = std::get_if<Send>(&action.what);
    if (send == nullptr || send->split.kind == Split::Kind::none) return false;
    const auto& at = send->split.at;
    const std::size_t bytes = count_bytes(*send);
    return bytes < 2 || !std::is_sorted(at.begin(), at.end()) || (!at.empty() && (at[0] == 0 || at.back() >= bytes));
}

bool compares_metrics(const Action& action) { return std::holds_alternative<MetricsGrew>(action.what); }

void check_sense(const Case& one) {
    if (one.actions.empty()) throw BadCase{"no actions"};
    if (count(one.actions, is_split_everywhere) > 1) throw BadCase{"only one action may be split everywhere"};
    if (count(one.actions, is_cut_outside) > 0) throw BadCase{"split lies outside of what is sent"};
    if (count(one.actions, compares_metrics) > 0 && !one.alone && one.options.empty()) {
        throw BadCase{"metrics_grew counts all clients' events: the case must be alone, or have options"};
    }
}

Case read_case(const Json& value) {
    allow_keys(value, {"id", "name", "steps", "options", "slow", "alone", "next", "actions"});
    Case result;
    result.id = value.at("id").get<std::string>();
    result.name = value.at("name").get<std::string>();
    result.steps = read_steps(value.at("steps"));
    if (value.contains("options")) result.options = value["options"].get<std::vector<std::string>>();
    result.slow = value.value("slow", false);
    result.alone = value.value("alone", false);
    result.next = value.value("next", std::string{});
    result.actions = read_actions(value.at("actions"));
    check_sense(result);
    return result;
}

// 02_framing.jsonl holds the group "framing": the number is for the order.
std::string group_name(const std::string& file) {
    const std::string stem = std::filesystem::path{file}.stem().string();
    const auto letters = stem.find_first_not_of("0123456789_");
    return letters == std::string::npos ? stem : stem.substr(letters);
}

std::string read_file(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream{path, std::ios::binary}.rdbuf();
    return text.str();
}

}  // namespace

std::size_t count_bytes(const Send& send) {
    const Names any{0};
    std::size_t bytes = 0;
    for (std::size_t i = 1; i <= send.times; ++i) bytes += send.payload.expand(any, i).size();
    return bytes;
}

tl::expected<Group, std::string> parse_group(const std::string& file, const std::string& text) {
    Group group;
    group.name = group_name(file);
    std::istringstream lines{text};
    std::size_t number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        try {
            const Json value = Json::parse(line);
            if (number == 1) {
                allow_keys(value, {"group", "next"});
                group.about = value.at("group").get<std::string>();
                group.next = value.at("next").get<std::string>();
            } else {
                group.cases.push_back(read_case(value));
            }
        } catch (const BadCase& error) {
            return tl::unexpected(file + ":" + std::to_string(number) + ": " + error.what());
        } catch (const Json::exception& error) {
            return tl::unexpected(file + ":" + std::to_string(number) + ": " + error.what());
        }
    }
    return group;
}

tl::expected<std::vector<Group>, std::string> load_groups(const std::string& folder) {
    std::error_code error;
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator{folder, error}) {
        if (entry.path().extension() == ".jsonl") paths.push_back(entry.path());
    }
    if (paths.empty()) return tl::unexpected("no cases (*.jsonl) in " + folder);
    std::sort(paths.begin(), paths.end());

    std::vector<Group> groups;
    std::set<std::string> ids;
    for (const auto& path : paths) {
        auto group = parse_group(path.filename().string(), read_file(path));
        if (!group) return tl::unexpected(folder + "/" + group.error());
        for (const Case& one : group->cases) {
            if (!ids.insert(one.id).second) return tl::unexpected(path.string() + ": two cases have the id " + one.id);
        }
        groups.push_back(std::move(*group));
    }
    return groups;
}

}  // namespace station::check
