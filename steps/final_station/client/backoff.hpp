// How long to wait before asking a server again that has gone: doubled each time, so that a restart is noticed at once
// and a long absence costs nothing. One thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <utility>

namespace station::final_station {

class Backoff {
  public:
    std::chrono::milliseconds next() { return std::exchange(pause_, std::min(pause_ * 2, kLongest)); }
    void reset() { pause_ = kFirst; }  // it has answered

  private:
    static constexpr std::chrono::milliseconds kFirst{100};
    static constexpr std::chrono::milliseconds kLongest{2000};

    std::chrono::milliseconds pause_ = kFirst;
};

}  // namespace station::final_station
