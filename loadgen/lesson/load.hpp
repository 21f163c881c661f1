// What all lessons do with a program: start it, hit it, stop it, and read what it says on its way out.
#pragma once

#include <chrono>
#include <loadgen/hammer/hammer.hpp>
#include <loadgen/lesson/lesson.hpp>
#include <loadgen/lesson/observer.hpp>
#include <loadgen/target/connection.hpp>
#include <optional>
#include <station/metrics/counters.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace station::lesson {

// The experiment can't go on: the program does not start, answers nobody, or says nothing on its way out.
struct CannotMeasure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

inline constexpr const char* kNoCounts =
    "it did not print {\"received\":…,\"processed\":…,\"dropped\":…} on standard error at its end, as the contract "
    "says, so "
    "nobody can know what became of the events that it accepted";

using Options = std::vector<std::string>;

inline constexpr double kWorkMs = 1;  // what an event costs where --work says 1ms

// A program that runs; tells the program's observer, where it has one, what it saw.
struct Running : target::Server {
    explicit Running(target::Server server) : target::Server(std::move(server)) {}
    Running(Running&&) = default;
    Running& operator=(Running&&) = delete;
    ~Running();

    std::shared_ptr<RunRecorder> recorder;
    std::shared_ptr<std::string> death;  // the program's
};
Running start(const Program& program, const Options& options);

struct Ending {
    std::optional<int> status;  // nullopt: it had to be killed
    std::chrono::milliseconds took{0};
    std::optional<metrics::Counts> counts;  // the last line of standard error, where it is one of counts
};

// Waits for a program that was told to stop.
Ending wait_for_end(target::Server& server, std::chrono::milliseconds patience);
// Tells it to stop (SIGINT) and waits.
Ending stop(target::Server& server, std::chrono::milliseconds patience = std::chrono::milliseconds{3000});
// stop(), for lessons that need the counts.
metrics::Counts stop_and_count(target::Server& server);

// The integer of that name in the JSON object that the line holds; nullopt where there is none. Servers in other
// languages put blanks and members where they like, and loggers a prefix before it all.
std::optional<std::int64_t> integer_in(std::string_view line, const char* key);

// The three counters that a line holds.
std::optional<metrics::Counts> to_counts(std::string_view line);
// Those of the last line of `standard_error` that holds any.
std::optional<metrics::Counts> parse_counts(std::string_view standard_error);

// A connection of its own, beside the hammer's; throws CannotMeasure where there is none to be had.
target::Connection connect(const Running& server, const std::string& name = "checker");

// Runs the plan against the server, whatever comes of it.
hammer::Result drive(const Running& server, hammer::Plan plan, const hammer::Progress& progress = {});
// The same; throws CannotMeasure where no reply came at all.
hammer::Result hit(const Running& server, hammer::Plan plan, const hammer::Progress& progress = {});

// What a second brought in the middle of a run; its beginning, when queues fill, and what came after `duration` are
// left out.
struct Rates {
    double served = 0;    // accepted, or answered with a balance
    double rejected = 0;  // server_busy
};
Rates steady_rates(const hammer::Result& result, hammer::Nanoseconds duration);

// Latencies once all clients are in: the medians of the slices that begin after `settled` and end within `duration`.
struct Latency {
    double p50 = 0;  // ms
    double p99 = 0;
};
Latency steady_latency(const hammer::Result& result, hammer::Nanoseconds settled, hammer::Nanoseconds duration);

// The upper one of the two in the middle where there are two; 0 for none.
double median(std::vector<double> values);

double to_ms(std::uint64_t nanoseconds);
double to_ms(hammer::Nanoseconds time);

// 5,000 clients need as many descriptors. Returns how many connections this process can open.
std::size_t allow_connections(std::size_t wanted);

}  // namespace station::lesson
