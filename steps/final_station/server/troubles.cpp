#include "troubles.hpp"

#include <new>

namespace station::final_station {

bool Troubles::Pace::due() {
    const auto now = Clock::now().time_since_epoch();
    Clock::rep next = next_.load(std::memory_order_relaxed);
    if (now.count() < next) return false;
    // One of those who find it due at the same time.
    return next_.compare_exchange_strong(next, (now + std::chrono::seconds{1}).count(), std::memory_order_relaxed);
}

void Troubles::read_failed(const engine::Topic& topic, std::error_code error) noexcept try {
    {
        const base::Lock lock{mutex_};
        Read& read = reads_[topic.stream()];
        read.failed = Clock::now();
        if (read.name.empty()) read.name = topic.name();
    }
    if (!read_lines_.due()) return;
    say(log::Severity::warning,
        "topic " + topic.name() + ": reading failed: " + error.message() + "; it is tried again");
} catch (const std::bad_alloc&) {
    return;
}

std::vector<std::string> Troubles::unreadable_topics() const {
    const base::Lock lock{mutex_};
    const auto since = Clock::now() - kReadTroubleShown;
    std::vector<std::string> names;
    for (const auto& [stream, read] : reads_) {
        if (read.failed > since) names.push_back(read.name);
    }
    return names;
}

void Troubles::out_of_memory() noexcept try {
    out_of_memory_.fetch_add(1, std::memory_order_relaxed);
    if (memory_lines_.due()) say(log::Severity::warning, "out of memory: a connection was ended");
} catch (const std::bad_alloc&) {
    return;
}

void Troubles::accept_failed(std::error_code error) noexcept try {
    accept_errors_.fetch_add(1, std::memory_order_relaxed);
    if (accepting_fails_.exchange(true, std::memory_order_relaxed)) return;
    say(log::Severity::warning,
        "a connection can't be taken now: " + error.message() + "; those that wait are tried again");
} catch (const std::bad_alloc&) {
    return;
}

void Troubles::accept_worked() noexcept try {
    if (!accepting_fails_.load(std::memory_order_relaxed) ||
        !accepting_fails_.exchange(false, std::memory_order_relaxed)) {
        return;
    }
    say(log::Severity::info, "connections are taken again");
} catch (const std::bad_alloc&) {
    return;
}

}  // namespace station::final_station
