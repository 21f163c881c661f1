// Says on a terminal how far a long read has come, once a second, on one line. Any thread, one at a time.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace station::final_station {

class Progress {
  public:
    explicit Progress(const char* what, bool wanted = true) : what_(what), wanted_(wanted) {}
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress() { clear(); }
    void clear() {
        if (std::exchange(shown_, false)) std::fputs("\r\033[K", stderr);
    }
    void operator()(std::uint64_t bytes) {
        const auto now = std::chrono::steady_clock::now();
        if (!wanted_ || !terminal_ || now < next_) return;
        next_ = now + std::chrono::seconds{1};
        shown_ = true;
        std::fprintf(stderr, "\r%s: %llu MB", what_, static_cast<unsigned long long>(bytes / 1'000'000));
        std::fflush(stderr);
    }

  private:
    const char* what_;
    bool wanted_;
    bool terminal_ = ::isatty(STDERR_FILENO) == 1;
    bool shown_ = false;
    std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + std::chrono::seconds{1};
};

}  // namespace station::final_station
