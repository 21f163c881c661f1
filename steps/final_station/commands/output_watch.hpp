// Standard output's reader, watched while there is nothing to write: `tail | head -1` ends with head, not with the
// event after. A pipe or a socket tells by POLLERR that its other end has gone (poll(2)); a file never does.
#pragma once

#include <functional>
#include <station/base/descriptor.hpp>
#include <thread>

namespace station::final_station {

class OutputWatch {
  public:
    // `on_gone` is called once at most, on a thread of this one's own. Throws std::system_error where there is no
    // descriptor or no thread for it.
    explicit OutputWatch(std::function<void()> on_gone);
    OutputWatch(const OutputWatch&) = delete;
    OutputWatch& operator=(const OutputWatch&) = delete;
    ~OutputWatch();  // waits for an on_gone under way

  private:
    base::Descriptor end_;  // an eventfd, which ends the thread's wait
    std::jthread thread_;
};

}  // namespace station::final_station
