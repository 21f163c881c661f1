#include <station/metrics/counters.hpp>

int main() { return station::metrics::to_json({3, 2, 1}) == R"({"received":3,"processed":2,"dropped":1})" ? 0 : 1; }
