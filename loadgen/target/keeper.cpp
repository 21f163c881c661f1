#include <loadgen/target/keeper.hpp>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>

namespace station::target {
namespace {

constexpr std::size_t kMostGroups = 256;

// Positive: a group to keep; negative: one to let go. A write of this size to a pipe is whole.
using Order = pid_t;

void obey(Order order, std::array<pid_t, kMostGroups>& groups) {
    const pid_t wanted = order > 0 ? 0 : -order;
    for (pid_t& group : groups) {
        if (group != wanted) continue;
        group = order > 0 ? order : 0;
        return;
    }
}

// The child of a process with threads: only async-signal-safe functions may be called.
[[noreturn]] void keep(int orders) {
    ::setsid();  // a terminal's Ctrl+C is not for the keeper
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_IGN);
    // Whoever waits for the end of this process's output must not have to wait for the keeper.
    if (orders > 0) ::syscall(SYS_close_range, 0U, static_cast<unsigned>(orders - 1), 0U);
    ::syscall(SYS_close_range, static_cast<unsigned>(orders + 1), UINT_MAX, 0U);
    std::array<pid_t, kMostGroups> groups{};
    while (true) {
        Order order = 0;
        const auto count = ::read(orders, &order, sizeof order);
        if (count == sizeof order) {
            obey(order, groups);
        } else if (count == 0 || errno != EINTR) {
            break;
        }
    }
    for (const pid_t group : groups) {
        if (group > 0) ::kill(-group, SIGKILL);
    }
    ::_exit(EXIT_SUCCESS);
}

// The end to write orders to; -1 where there can be no keeper, and the groups have to do without.
int start_keeper() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return -1;
    const pid_t pid = ::fork();
    if (pid == 0) keep(ends[0]);
    ::close(ends[0]);
    if (pid > 0) return ends[1];
    ::close(ends[1]);
    return -1;
}

void give_order(Order order) {
    static const int orders = start_keeper();
    if (orders < 0) return;
    while (::write(orders, &order, sizeof order) < 0 && errno == EINTR) {
    }
}

}  // namespace

void keep_group(pid_t group) { give_order(group); }
void let_group_go(pid_t group) { give_order(-group); }

}  // namespace station::target
