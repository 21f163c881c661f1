// Ctrl+C and SIGTERM, turned into a call. The first one calls `on_first`, on a thread of its own, so that it works
// however busy the other threads are; the second one ends the process at once with status 130, for people who don't
// want to wait for a drain.
//
// Only one may live at a time. `on_first` may take its time: the second signal is still heard.
#pragma once

#include <functional>
#include <memory>

namespace station::flow {

class ShutdownSignal {
  public:
    explicit ShutdownSignal(std::function<void()> on_first);
    ~ShutdownSignal();  // waits for an on_first under way

  private:
    class Listener;
    std::unique_ptr<Listener> listener_;
};

}  // namespace station::flow
