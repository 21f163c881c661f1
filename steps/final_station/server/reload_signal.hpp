// SIGHUP, turned into a call on a thread of its own. From the first one of these on, SIGHUP never ends the process.
#pragma once

#include <functional>
#include <memory>

namespace station::final_station {

class ReloadSignal {
  public:
    explicit ReloadSignal(std::function<void()> on_signal);
    ~ReloadSignal();  // waits for a call under way

  private:
    class Listener;
    std::unique_ptr<Listener> listener_;
};

}  // namespace station::final_station
