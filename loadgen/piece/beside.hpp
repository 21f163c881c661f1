// A call that another thread makes, watched from outside: does it return, or does it wait for somebody? The case that
// started it goes on meanwhile, so that it can do what the other one is to wait for.
//
// One thread owns it. Where a call is found to wait though it must not, that is because it slept without a break, or
// kept its processor busy, and not because some time was over: on a busy machine it only takes longer.
#pragma once

#include <sys/types.h>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

namespace station::piece {

class Beside {
  public:
    explicit Beside(std::function<void()> call);
    Beside(const Beside&) = delete;
    Beside& operator=(const Beside&) = delete;
    ~Beside();  // waits for the call's end

    // True once the call has returned; false where it won't, as long as nobody else does anything.
    bool returns() const;
    // True once the call waits, asleep or busily; false where it has returned instead.
    bool waits() const;
    // Of a call that waits: true where it sleeps, false where it looks again and again, busily or by the clock.
    bool sleeps() const;

  private:
    std::chrono::nanoseconds processor_time() const;

    std::atomic<pid_t> task_{0};
    std::atomic<bool> returned_{false};
    mutable std::thread thread_;
};

}  // namespace station::piece
