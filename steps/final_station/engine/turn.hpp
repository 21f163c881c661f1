// How long one connection may keep an I/O thread before others get their turn: so many bytes, and so much time,
// whatever its client asks for. Who finds that its turn is over posts the rest of its work, and goes on behind all who
// wait.
//
// Belongs to one thread.
#pragma once

#include <chrono>
#include <cstddef>

namespace station::final_station {

class Turn {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::microseconds kTime{1000};
    static constexpr std::size_t kBytes = std::size_t{1} << 20;

    void begin() { begin(Clock::now()); }
    void begin(Clock::time_point now) {
        until_ = now + kTime;
        bytes_ = 0;
    }
    void spend(std::size_t bytes) { bytes_ += bytes; }
    bool over() const { return spent() || Clock::now() >= until_; }
    bool spent() const { return bytes_ >= kBytes; }  // without a look at the time

  private:
    Clock::time_point until_;
    std::size_t bytes_ = 0;
};

}  // namespace station::final_station
