// A failure's trace: a folder with what was sent and received, the server's output, the options, the seed, the results,
// and a page on how to look at it and drive it again.
#pragma once

#include <cstdint>
#include <loadgen/check/outcome.hpp>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace station::lesson {
class Observer;
}

namespace station::check {

// trace.json: what it takes to do the same again.
struct TraceHead {
    int step = 0;
    std::string kind;         // "contract", "lesson"
    std::string id;           // of the case or the finding
    target::Program program;  // that failed
    std::string label;
    std::vector<std::string> options;  // of the server
    std::uint64_t seed = 0;            // of the case's user names, or of the load
    std::size_t run = 0;               // of a case that is split everywhere
    std::string verdict;
    std::string cause;
    std::size_t bytes_left_out = 0;
};

// Writes the trace of what complaint(outcome) names to options.trace. A folder that is there already is kept beside it,
// under its name and a number; of those the last five stay. The error says what can't be written.
tl::expected<void, std::string> write_trace(const Outcome& outcome, const Options& options,
                                            const lesson::Observer& observer);

struct TraceFolder {
    TraceHead head;
    std::vector<target::TraceEvent> events;
};
tl::expected<TraceFolder, std::string> read_trace(const std::string& folder);

}  // namespace station::check
