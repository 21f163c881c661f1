// SIGHUP, turned into a call on a thread of its own. It needs no descriptors: a server that has none left can still be
// told to read its files again.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace station::final_station {

// Before any thread is made, which would be ended by it: from here on SIGHUP waits for a ReloadSignal.
void hold_back_hang_ups();

class ReloadSignal {
  public:
    explicit ReloadSignal(std::function<void()> on_signal);
    ReloadSignal(const ReloadSignal&) = delete;
    ReloadSignal& operator=(const ReloadSignal&) = delete;
    ~ReloadSignal();  // waits for a call under way

  private:
    std::atomic<bool> over_{false};
    std::jthread thread_;
};

}  // namespace station::final_station
