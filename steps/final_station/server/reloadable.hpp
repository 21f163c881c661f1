// A value that many threads read, and that one replaces now and then, when an operator asks for it. Reading costs one
// load and no lock. What was replaced is kept until the end, since somebody may still read it: it is for settings,
// which change by hand.
#pragma once

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

namespace station::final_station {

template <typename T>
class Reloadable {
  public:
    Reloadable() { replace(T{}); }

    const T& operator*() const { return *now_.load(std::memory_order_acquire); }
    const T* operator->() const { return now_.load(std::memory_order_acquire); }
    operator const T&() const { return **this; }

    // One thread at a time.
    void replace(T value) {
        all_.push_back(std::make_unique<const T>(std::move(value)));
        now_.store(all_.back().get(), std::memory_order_release);
    }

  private:
    std::vector<std::unique_ptr<const T>> all_;
    std::atomic<const T*> now_{nullptr};
};

}  // namespace station::final_station
