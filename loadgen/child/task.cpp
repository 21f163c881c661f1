#include <loadgen/child/task.hpp>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace station::child {
namespace {

std::filesystem::path folder(pid_t process) { return "/proc/" + std::to_string(process) + "/task"; }

}  // namespace

std::vector<pid_t> tasks(pid_t process) {
    std::vector<pid_t> found;
    std::error_code error;
    for (std::filesystem::directory_iterator at{folder(process), error}, end; !error && at != end;
         at.increment(error)) {
        const std::string name = at->path().filename().string();
        pid_t task = 0;
        std::from_chars(name.data(), name.data() + name.size(), task);
        found.push_back(task);
    }
    return found;
}

TaskLook look_at(pid_t process, pid_t task) {
    std::ifstream file{folder(process) / std::to_string(task) / "status"};
    TaskLook look;
    for (std::string line; std::getline(file, line);) {
        constexpr std::string_view kState = "State:\t";
        constexpr std::string_view kSwitches = "voluntary_ctxt_switches:\t";
        if (line.starts_with(kState)) look.asleep = line[kState.size()] == 'S';
        if (!line.starts_with(kSwitches)) continue;
        std::from_chars(line.data() + kSwitches.size(), line.data() + line.size(), look.switches);
    }
    return look;
}

TaskLook look_at(pid_t process) {
    TaskLook all{.asleep = true};
    for (const pid_t task : tasks(process)) {
        const TaskLook one = look_at(process, task);
        all.asleep = all.asleep && one.asleep;
        all.switches += one.switches;
    }
    return all;
}

}  // namespace station::child
