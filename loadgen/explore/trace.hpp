// What happened, in order, for the story; kept only in the schedule that is told (Order::tell).
#pragma once

#include <cstdint>
#include <vector>

namespace station::explore {

enum class Act : std::uint8_t { read, write, atomic, operation, give_back, verdict };

struct Happening {
    Act act;
    const char* what;  // a sentence without its subject: "locks @", where @ is the object's name, or else `noun`
    const char* noun;
    const void* address;
    std::uint32_t size;
    std::uint64_t before;  // values, of reads, writes and atomics
    std::uint64_t after;
};

struct Event {
    Happening happening;
    std::uint8_t thread;
    bool alone;                 // no other thread lived
    std::vector<void*> frames;  // return addresses, innermost first, from the code that called the hook
};

// The event's number.
std::uint32_t note(const Happening& happening, void* pc);

// The thread's last write has its value by now.
void settle_write(int thread);

std::vector<Event>& events();
void forget_all_events();

}  // namespace station::explore
