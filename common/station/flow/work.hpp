// What one event costs: nothing, some time of the processor's, or some time asleep (as if a database answered). With
// `sleep`, parallelism can be seen even on a machine with few cores.
//
// Copies share one switch: abandon() ends the work under way everywhere and makes all later work free, so that a
// server that is told to stop does not wait for it. Any thread may call anything.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string_view>
#include <tl/expected.hpp>

namespace station::flow {

class Work {
  public:
    enum class Kind { none, cpu, sleep };

    Work() = default;
    Work(Kind kind, std::chrono::nanoseconds cost) : kind_(kind), cost_(cost) {}

    // "none", "cpu:200us", "sleep:1ms"; with the units of parse_duration(). The error says what is expected.
    static tl::expected<Work, std::string_view> parse(std::string_view text);

    void operator()() const;
    void abandon() const { abandoned_->store(true, std::memory_order_relaxed); }

    Kind kind() const { return kind_; }
    std::chrono::nanoseconds cost() const { return cost_; }

  private:
    Kind kind_ = Kind::none;
    std::chrono::nanoseconds cost_{0};
    std::shared_ptr<std::atomic<bool>> abandoned_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace station::flow
