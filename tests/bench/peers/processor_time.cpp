#include "processor_time.hpp"

#include <sys/resource.h>
#include <unistd.h>

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

// proc(5): utime and stime are the 14th and 15th field of stat; the 2nd, in brackets, may hold blanks.
double of_process(pid_t process) {
    std::ifstream stat{"/proc/" + std::to_string(process) + "/stat"};
    const std::string text{std::istreambuf_iterator<char>{stat}, {}};
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string::npos) return 0;
    const std::vector<double> fields = numbers(text.substr(name_end + 4));  // from the 4th on
    return fields.size() > 11 ? seconds(fields[10] + fields[11]) : 0;
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
            .server = server > 0 ? of_process(server) : 0,
            .machine = of_machine()};
}

}  // namespace station::peers
