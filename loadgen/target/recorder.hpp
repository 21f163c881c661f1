// What went over a program's connections, and when: the raw material of a trace. Bounded: the first connections that
// are named, and of their bytes the first ones; what is beyond is counted, not kept. Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace station::target {

struct TraceEvent {
    enum class What : std::uint8_t { connected, sent, received, half_closed, closed, reset, ended };

    std::int64_t at = 0;  // microseconds since the recorder was made
    std::string connection;
    What what = What::sent;
    std::string bytes;

    friend bool operator==(const TraceEvent&, const TraceEvent&) = default;
};

struct Trace {
    std::vector<TraceEvent> events;
    std::size_t bytes_left_out = 0;

    bool whole() const { return bytes_left_out == 0; }
};

class Recorder {
  public:
    struct Limits {
        std::size_t connections = 8;
        std::size_t bytes = std::size_t{256} * 1024;
    };
    explicit Recorder(Limits limits) : limits_(limits) {}

    void note(std::string_view connection, TraceEvent::What what, std::string_view bytes = {});
    Trace trace() const;

  private:
    bool knows(std::string_view connection);

    const Limits limits_;
    const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    mutable std::mutex mutex_;
    std::set<std::string, std::less<>> connections_;
    std::size_t bytes_ = 0;
    bool full_ = false;  // from then on nothing is kept: a trace has no holes
    Trace trace_;
};

// JSON lines: {"at":1200,"on":"a","what":"sent","text":"hello\n"}, or "base64" where it is no UTF-8.
std::string to_lines(const Trace& trace);
// Empty where a line can't be read.
std::vector<TraceEvent> parse_lines(const std::string& text);

}  // namespace station::target
