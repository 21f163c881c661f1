// What AddressSanitizer, LeakSanitizer, UndefinedBehaviorSanitizer or ThreadSanitizer say on standard error, made
// short: one sentence, and where in the learner's own files it happened. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace station::child {

struct SanitizerReport {
    std::string what;  // "heap-use-after-free"; empty: no report was found
    std::vector<std::string>
        stack;  // "pop() station/flow/bounded_channel.hpp:52", innermost first, system frames left out
};

SanitizerReport read_report(std::string_view said);

}  // namespace station::child
