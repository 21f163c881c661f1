// How long one connection may keep an I/O thread before others get their turn: so many bytes, and so much time,
// whatever its client asks for. Who finds that its turn is over goes on behind all who wait: see turn_queue.hpp.
//
// And how much it has used of late. A thousand connections with a millisecond each are a second for who comes behind
// them, so a turn that nobody waited for is short, and whoever uses more than its share waits in that queue before each
// turn, and not only behind a long one.
//
// Belongs to one thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace station::final_station {

class Turn {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::microseconds kTime{1000};
    static constexpr std::size_t kBytes = std::size_t{1} << 20;

    static constexpr std::chrono::microseconds kUnasked{200};

    // One that was waited for; or one that begins as soon as there is something to do.
    void begin() { begin(kTime); }
    void begin_unasked() { begin(kUnasked); }
    void spend(std::size_t bytes) { bytes_ += bytes; }
    bool over() const { return spent() || Clock::now() >= until_; }
    bool spent() const { return bytes_ >= kBytes; }  // without a look at the time

    // What the turn has taken, or what something is known to take.
    void end() {
        const auto now = Clock::now();
        charge(now - began_, now);
    }
    void charge(Clock::duration used, Clock::time_point now) {
        debt_ = debt(now) + used;
        charged_at_ = now;
    }
    bool has_had_its_share(Clock::time_point now) const { return debt(now) > kUnasked; }

  private:
    static constexpr int kShare = 32;  // of the time that goes by, the part of it that a connection may use

    void begin(Clock::duration time) {
        began_ = Clock::now();
        until_ = began_ + time;
        bytes_ = 0;
    }
    Clock::duration debt(Clock::time_point now) const {
        return std::max(debt_ - (now - charged_at_) / kShare, Clock::duration::zero());
    }

    Clock::duration debt_{0};
    Clock::time_point charged_at_;
    Clock::time_point began_;
    Clock::time_point until_;
    std::size_t bytes_ = 0;
};

}  // namespace station::final_station
