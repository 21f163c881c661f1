#include <loadgen/hammer/poller.hpp>

#include <poll.h>
#include <algorithm>
#include <cerrno>
#include <system_error>

namespace station::hammer {
namespace {

timespec to_timespec(Nanoseconds time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    return {seconds.count(), (time - seconds).count()};
}

}  // namespace

Poller::Poller() : descriptor_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!descriptor_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

int Poller::control(int operation, int descriptor, std::uint32_t events, std::uint64_t id) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = id;
    return ::epoll_ctl(descriptor_.get(), operation, descriptor, &event) == 0 ? 0 : errno;
}

int Poller::add(int descriptor, std::uint32_t events, std::uint64_t id) {
    return control(EPOLL_CTL_ADD, descriptor, events, id);
}

int Poller::change(int descriptor, std::uint32_t events, std::uint64_t id) {
    return control(EPOLL_CTL_MOD, descriptor, events, id);
}

std::span<const epoll_event> Poller::wait(Nanoseconds longest) {
    const timespec time = to_timespec(std::max(longest, Nanoseconds{0}));
    const int room = static_cast<int>(ready_.size());
    int ready = ::epoll_pwait2(descriptor_.get(), ready_.data(), room, &time, nullptr);
    if (ready < 0 && errno == ENOSYS) {  // Linux before 5.11
        pollfd readable{descriptor_.get(), POLLIN, 0};
        ::ppoll(&readable, 1, &time, nullptr);
        ready = ::epoll_wait(descriptor_.get(), ready_.data(), room, 0);
    }
    return std::span{ready_}.first(static_cast<std::size_t>(std::max(ready, 0)));
}

}  // namespace station::hammer
