// One thread waits for one event, and may destroy this as soon as it has seen it: what std::atomic::wait and
// std::condition_variable can't promise, since their notify may still touch the object. The kernel's futex only ever
// compares an address.
#pragma once

#include <atomic>
#include <cstdint>

namespace station::base {

class OneShot {
  public:
    void set() noexcept;   // once; the last access to this object from this side
    void wait() noexcept;  // one thread

  private:
    enum State : std::uint32_t { kUnset, kAwaited, kSet };
    std::atomic<std::uint32_t> state_{kUnset};
};

}  // namespace station::base
