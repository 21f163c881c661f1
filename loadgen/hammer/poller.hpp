// epoll, level-triggered, with a time-out in nanoseconds: an open loop of 20,000 requests a second has one
// due every 50 us. One thread.
#pragma once

#include <sys/epoll.h>
#include <array>
#include <cstdint>
#include <loadgen/hammer/plan.hpp>
#include <span>
#include <station/base/descriptor.hpp>

namespace station::hammer {

class Poller {
  public:
    Poller();

    // `events` as epoll has them; `id` comes back with each event. 0, or errno. A closed descriptor leaves by
    // itself.
    int add(int descriptor, std::uint32_t events, std::uint64_t id);
    int change(int descriptor, std::uint32_t events, std::uint64_t id);

    // What is ready, after `longest` at the latest. Valid until the next wait.
    std::span<const epoll_event> wait(Nanoseconds longest);

  private:
    int control(int operation, int descriptor, std::uint32_t events, std::uint64_t id);

    base::Descriptor descriptor_;
    std::array<epoll_event, 256> ready_;
};

}  // namespace station::hammer
