#include "output_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace station::final_station {
namespace {

// False where `end` has spoken first.
bool reader_goes(int end) {
    while (true) {
        pollfd watched[2]{{STDOUT_FILENO, 0, 0}, {end, POLLIN, 0}};
        if (::poll(watched, 2, -1) < 0) {
            if (errno == EINTR) continue;
            return false;
        }
        if (watched[1].revents != 0) return false;
        if ((watched[0].revents & (POLLERR | POLLHUP)) != 0) return true;
    }
}

}  // namespace

OutputWatch::OutputWatch(std::function<void()> on_gone) : end_(::eventfd(0, EFD_CLOEXEC)) {
    if (!end_) throw std::system_error(errno, std::generic_category(), "cannot watch standard output");
    thread_ = std::jthread{[end = end_.get(), on_gone = std::move(on_gone)] {
        if (reader_goes(end)) on_gone();
    }};
}

OutputWatch::~OutputWatch() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(end_.get(), &one, sizeof one);
    thread_.join();
}

}  // namespace station::final_station
