#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <station/base/one_shot.hpp>

namespace station::base {

void OneShot::set() noexcept {
    auto* const address = &state_;
    if (state_.exchange(kSet, std::memory_order_acq_rel) != kAwaited) return;
    ::syscall(SYS_futex, address, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

void OneShot::wait() noexcept {
    std::uint32_t expected = kUnset;
    if (!state_.compare_exchange_strong(expected, kAwaited, std::memory_order_acq_rel)) return;
    while (state_.load(std::memory_order_acquire) != kSet) {
        ::syscall(SYS_futex, &state_, FUTEX_WAIT_PRIVATE, static_cast<std::uint32_t>(kAwaited), nullptr, nullptr, 0);
    }
}

}  // namespace station::base
