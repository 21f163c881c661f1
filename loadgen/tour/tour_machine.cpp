#include <loadgen/tour/tour.hpp>

#include <sys/utsname.h>
#include <cmath>
#include <fstream>
#include <thread>

namespace station::tour {
namespace {

std::string processor() {
    std::ifstream info{"/proc/cpuinfo"};
    for (std::string line; std::getline(info, line);) {
        if (!line.starts_with("model name")) continue;
        const auto colon = line.find(": ");
        if (colon != std::string::npos) return line.substr(colon + 2);
    }
    return "unknown";
}

std::string memory() {
    std::ifstream info{"/proc/meminfo"};
    std::string name;
    double kibibytes = 0;
    info >> name >> kibibytes;
    return std::to_string(std::lround(kibibytes / (1 << 20))) + " GiB";
}

std::string kernel() {
    utsname name{};
    ::uname(&name);
    return std::string{name.sysname} + " " + name.release + " " + name.machine;
}

std::string compiler() {
#if defined(__clang__)
    return "clang " __clang_version__;
#else
    return "g++ " __VERSION__;
#endif
}

}  // namespace

Machine this_machine() {
    return {{"processor", processor()}, {"cores", std::to_string(std::thread::hardware_concurrency())},
            {"memory", memory()},       {"kernel", kernel()},
            {"compiler", compiler()},   {"build", STATION_BUILD_TYPE}};
}

}  // namespace station::tour
