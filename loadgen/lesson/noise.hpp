// How busy the machine was with other things while something was measured.
#pragma once

#include <chrono>

namespace station::lesson {

// What else went on while something was measured.
struct Noise {
    double others = 0;      // cores that other programs used, or the hypervisor kept, on average
    double processors = 1;  // cores of the machine
    double drift = 1;       // how much longer the same piece of work took once than another time; 1: no longer

    bool is_loud() const;
};

// Measures noise from its construction on. What this process and its children that were waited for used is not noise.
class NoiseMeter {
  public:
    NoiseMeter();
    Noise so_far() const;  // works for some 20 ms

  private:
    struct Reading {
        std::chrono::steady_clock::time_point at;
        double machine = 0;  // seconds of processor time
        double own = 0;
        double yardstick = 0;  // seconds that a fixed piece of work took
    };
    static Reading read();

    Reading begin_;
};

}  // namespace station::lesson
