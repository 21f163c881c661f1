#include <loadgen/explore/trace.hpp>

#include <unwind.h>
#include <cstring>
#include <loadgen/explore/schedule.hpp>

namespace station::explore {
namespace {

constexpr std::size_t kMostFrames = 40;
// A schedule that does not come to an end: its beginning tells enough.
constexpr std::size_t kMostEvents = 200'000;

std::vector<Event> all;
std::size_t unsettled[kMaxThreads];  // numbers of events, plus one

struct Walk {
    void* from;
    std::vector<void*> frames;
    bool reached = false;
};

// The explorer's own frames come first, and are left out. Without a pc: what a signal interrupted comes first.
std::vector<void*> frames_from(void* pc) {
    Walk walk{pc, {}};
    _Unwind_Backtrace(
        [](_Unwind_Context* context, void* to) {
            Walk& one = *static_cast<Walk*>(to);
            int interrupted = 0;
            const auto at = _Unwind_GetIPInfo(context, &interrupted);
            one.reached |= one.from == nullptr ? interrupted != 0 : reinterpret_cast<void*>(at) == one.from;
            // As if it were a return address.
            if (one.reached) one.frames.push_back(reinterpret_cast<void*>(at + (interrupted != 0 ? 1 : 0)));
            return one.frames.size() < kMostFrames ? _URC_NO_REASON : _URC_END_OF_STACK;
        },
        &walk);
    if (walk.frames.empty()) walk.frames.push_back(pc);
    return walk.frames;
}

}  // namespace

std::uint32_t note(const Happening& happening, void* pc) {
    if (!tells()) return 0;
    settle_write(self().id);
    if (all.size() == kMostEvents) return static_cast<std::uint32_t>(all.size() - 1);
    all.push_back({happening, static_cast<std::uint8_t>(self().id), alone(), frames_from(pc)});
    if (happening.act == Act::write && happening.size <= sizeof happening.after) unsettled[self().id] = all.size();
    return static_cast<std::uint32_t>(all.size() - 1);
}

void settle_write(int thread) {
    std::size_t& number = unsettled[thread];
    if (number == 0) return;
    Happening& write = all[number - 1].happening;
    number = 0;
    std::memcpy(&write.after, write.address, write.size);
}

std::vector<Event>& events() { return all; }

void forget_all_events() {
    all.clear();
    std::memset(unsettled, 0, sizeof unsettled);
}

}  // namespace station::explore
