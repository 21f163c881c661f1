// Scenarios without the explorer: each runs as often as it is told, its threads as the machine likes. Linked with
// ThreadSanitizer, which ends the program with a report where two accesses race.
#include <loadgen/explore/explore.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace station::explore {
namespace {

std::vector<Scenario>& scenarios() {
    static std::vector<Scenario> all;
    return all;
}

}  // namespace

Registered::Registered(const Scenario& one) { scenarios().push_back(one); }

void name(const char*) {}

void fail(const char* what) {
    std::fprintf(stderr, "%s\n", what);
    std::_Exit(1);
}

}  // namespace station::explore

// free_run [TIMES [SCENARIO]]
int main(int argc, char** argv) {
    const int times = argc > 1 ? std::atoi(argv[1]) : 100;
    for (const auto& scenario : station::explore::scenarios()) {
        if (argc > 2 && std::strcmp(argv[2], scenario.id) != 0) continue;
        for (int i = 0; i < times; ++i) scenario.run();
    }
}
