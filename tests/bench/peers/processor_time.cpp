#include "processor_time.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <ctime>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace station::peers {
namespace {

double seconds(double ticks) { return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK)); }

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

std::vector<double> numbers(const std::string& text) {
    std::istringstream in{text};
    return {std::istream_iterator<double>{in}, {}};
}

// proc(5): ppid, utime, stime, cutime and cstime are the 4th and the 14th to 17th field of stat; the 2nd, in brackets,
// may hold blanks.
struct Process {
    pid_t parent = 0;
    double own = 0;
    double ended_children = 0;
};

Process process_of(const std::string& pid) {
    std::ifstream stat{"/proc/" + pid + "/stat"};
    const std::string text{std::istreambuf_iterator<char>{stat}, {}};
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string::npos || text.size() < name_end + 4) return {};
    const std::vector<double> fields = numbers(text.substr(name_end + 4));  // from the 4th on
    if (fields.size() < 14) return {};
    return {static_cast<pid_t>(fields[0]), seconds(fields[10] + fields[11]), seconds(fields[12] + fields[13])};
}

// What /proc says in ticks of 10 ms, to the nanosecond: a short run's figure is no multiple of a tick.
double own_of(pid_t pid) {
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// PostgreSQL has a process for each connection.
double of_family(pid_t server) {
    double sum = own_of(server) + process_of(std::to_string(server)).ended_children;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        if (const Process process = process_of(name); process.parent == server) sum += process.own;
    }
    return sum;
}

// user nice system idle iowait irq softirq steal
double of_machine() {
    std::ifstream stat{"/proc/stat"};
    std::string label;
    std::string line;
    stat >> label;
    std::getline(stat, line);
    const std::vector<double> fields = numbers(line);
    if (fields.size() < 8) return 0;
    return seconds(fields[0] + fields[1] + fields[2] + fields[5] + fields[6] + fields[7]);
}

}  // namespace

ProcessorTime ProcessorTime::now(pid_t server) {
    rusage own{};
    ::getrusage(RUSAGE_SELF, &own);
    return {.client = seconds(own.ru_utime) + seconds(own.ru_stime),
            .server = server > 0 ? of_family(server) : 0,
            .machine = of_machine()};
}

}  // namespace station::peers
