#include "reload_signal.hpp"

#include <csignal>
#include <utility>

namespace station::final_station {
namespace {

sigset_t hang_ups() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGHUP);
    return set;
}

}  // namespace

void hold_back_hang_ups() {
    const sigset_t set = hang_ups();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

ReloadSignal::ReloadSignal(std::function<void()> on_signal)
    : thread_([this, call = std::move(on_signal)] {
          const sigset_t set = hang_ups();
          int number = 0;
          while (::sigwait(&set, &number) == 0 && !over_.load()) call();
      }) {}

ReloadSignal::~ReloadSignal() {
    over_.store(true);
    ::pthread_kill(thread_.native_handle(), SIGHUP);
}

}  // namespace station::final_station
