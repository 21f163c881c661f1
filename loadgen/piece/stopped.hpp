// A call on a thread of its own that stops in its midst: after so many instructions of the processor, exactly, and
// stays there while others go on. What others then wait for is what it holds, be it a mutex, a flag that they look at
// again and again, or a lock inside the standard library. (The processor's trap flag; x86-64 only.)
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <thread>

namespace station::piece {

// False where the processor can't do that.
bool can_stop_calls();

class Stopped {
  public:
    // `before` runs first, on the same thread, and is not counted.
    Stopped(std::function<void()> before, void (*call)(void* argument), void* argument, int instructions);
    Stopped(const Stopped&) = delete;
    Stopped& operator=(const Stopped&) = delete;
    ~Stopped();  // lets it go on, and waits for its end

    // Waits until it has stopped; false where it has ended before.
    bool has_stopped() const;

  private:
    enum class State { running, stopped, ended };
    void run(void (*call)(void* argument), void* argument, int instructions);

    std::atomic<State> state_{State::running};
    std::array<int, 2> pipe_{};  // closed: it may go on
    std::thread thread_;
};

}  // namespace station::piece
