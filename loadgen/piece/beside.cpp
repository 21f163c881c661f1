#include <loadgen/piece/beside.hpp>

#include <pthread.h>
#include <unistd.h>
#include <ctime>
#include <loadgen/child/task.hpp>
#include <utility>

namespace station::piece {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kBetweenLooks = 200us;
// A sleep that nothing has broken for so long is taken for one without an end.
constexpr auto kForEver = 500ms;
// No call of a piece needs so much of a processor unless it looks for something that does not come.
constexpr std::chrono::nanoseconds kBusy = 200ms;
constexpr int kLooksUntilAsleep = 3;
// How long a sleep is watched, and how often it may be broken meanwhile.
constexpr auto kWatched = 100ms;
constexpr std::uint64_t kFewSwitches = 6;

}  // namespace

Beside::Beside(std::function<void()> call)
    : thread_([this, call = std::move(call)] {
          task_ = ::gettid();
          call();
          returned_ = true;
      }) {}

Beside::~Beside() { thread_.join(); }

// From outside, and exact: the kernel's count of what the thread has used.
std::chrono::nanoseconds Beside::processor_time() const {
    clockid_t clock{};
    timespec used{};
    if (::pthread_getcpuclockid(thread_.native_handle(), &clock) != 0 || ::clock_gettime(clock, &used) != 0) return 0ns;
    return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

bool Beside::returns() const {
    child::TaskLook last;
    for (auto since = Clock::now(); !returned_; std::this_thread::sleep_for(kBetweenLooks)) {
        const child::TaskLook look = child::look_at(::getpid(), task_);
        if (!look.asleep || look != last) since = Clock::now();
        last = look;
        if (Clock::now() - since > kForEver || processor_time() > kBusy) return returned_;
    }
    return true;
}

bool Beside::waits() const {
    child::TaskLook last;
    for (int alike = 0; alike < kLooksUntilAsleep; std::this_thread::sleep_for(kBetweenLooks)) {
        if (returned_) return false;
        const child::TaskLook look = child::look_at(::getpid(), task_);
        alike = look.asleep && look == last ? alike + 1 : 0;
        last = look;
        if (processor_time() > kBusy) break;
    }
    return !returned_;
}

bool Beside::sleeps() const {
    const auto used = processor_time();
    const auto switches = child::look_at(::getpid(), task_).switches;
    for (const auto end = Clock::now() + kWatched; Clock::now() < end; std::this_thread::sleep_for(kBetweenLooks)) {
        if (child::look_at(::getpid(), task_).switches > switches + kFewSwitches) return false;
    }
    return processor_time() - used < kWatched / 50;
}

}  // namespace station::piece
