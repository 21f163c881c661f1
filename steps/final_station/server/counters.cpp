#include "counters.hpp"

#include <algorithm>

namespace station::final_station {

void Counters::responded(int http_status) {
    const auto status = static_cast<std::size_t>(std::clamp(http_status, 100, 599)) - 100;
    responses[status].fetch_add(1, std::memory_order_relaxed);
}

}  // namespace station::final_station
