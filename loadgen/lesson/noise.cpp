#include <loadgen/lesson/noise.hpp>

#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <thread>

namespace station::lesson {
namespace {

// Half a core is enough to turn a ratio on two cores; on a big machine it is nothing.
constexpr double kLoudCores = 0.5;
constexpr double kLoudShare = 0.1;
constexpr double kLoudDrift = 1.3;

double processors() { return std::max(1.0, static_cast<double>(std::thread::hardware_concurrency())); }

// User, nice, system and steal of the first line of /proc/stat. Interrupts are left out: those of our own packets would
// look like somebody else's work.
double machine_seconds() {
    std::ifstream stat{"/proc/stat"};
    std::string name;
    stat >> name;
    std::array<double, 8> ticks{};
    for (double& tick : ticks) stat >> tick;
    return (ticks[0] + ticks[1] + ticks[2] + ticks[7]) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

double own_seconds() {
    double sum = 0;
    for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        rusage usage{};
        ::getrusage(who, &usage);
        sum += seconds(usage.ru_utime) + seconds(usage.ru_stime);
    }
    return sum;
}

// The best of a few tries of the same piece of work: the machine's speed, as it is now.
double yardstick_seconds() {
    double best = 1e9;
    for (int attempt = 0; attempt < 5; ++attempt) {
        const auto begin = std::chrono::steady_clock::now();
        std::uint64_t number = 88172645463325252;  // xorshift64: a chain that no compiler shortens
        for (int i = 0; i < 1'000'000; ++i) {
            number ^= number << 13;
            number ^= number >> 7;
            number ^= number << 17;
        }
        volatile std::uint64_t sink = number;
        static_cast<void>(sink);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        best = std::min(best, took.count());
    }
    return best;
}

}  // namespace

bool Noise::is_loud() const { return (others > kLoudCores && others > kLoudShare * processors) || drift > kLoudDrift; }

NoiseMeter::NoiseMeter() : begin_(read()) {}

NoiseMeter::Reading NoiseMeter::read() {
    Reading reading;
    reading.yardstick = yardstick_seconds();
    reading.at = std::chrono::steady_clock::now();
    reading.machine = machine_seconds();
    reading.own = own_seconds();
    return reading;
}

Noise NoiseMeter::so_far() const {
    Reading end = read();
    const double elapsed = std::chrono::duration<double>(end.at - begin_.at).count();
    const double others = (end.machine - begin_.machine) - (end.own - begin_.own);
    const auto [fast, slow] = std::minmax(begin_.yardstick, end.yardstick);
    return {.others = elapsed > 0 ? std::max(0.0, others / elapsed) : 0,
            .processors = processors(),
            .drift = fast > 0 ? slow / fast : 1};
}

}  // namespace station::lesson
