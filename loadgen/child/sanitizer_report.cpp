#include <loadgen/child/sanitizer_report.hpp>

#include <algorithm>

namespace station::child {
namespace {

constexpr std::size_t kMostFrames = 6;

std::string_view after(std::string_view line, std::string_view word) {
    const auto at = line.find(word);
    return at == std::string_view::npos ? std::string_view{} : line.substr(at + word.size());
}

bool is_frame(std::string_view line) {
    const auto begin = line.find_first_not_of(' ');
    return begin != std::string_view::npos && begin > 0 && line[begin] == '#';
}

// "    #1 0x55… in station::flow::pop() /…/station/flow/bounded_channel.hpp:52" without what a learner can't use; empty
// for a frame of the system's.
std::string frame(std::string_view line) {
    std::string_view what = after(line, " in ");
    if (what.empty()) what = line.substr(std::min(line.find(' ', line.find('#')) + 1, line.size()));
    if (what.ends_with(")")) what = what.substr(0, what.rfind(" ("));  // ThreadSanitizer adds the program and an offset
    // Relative where the build system names its sources so.
    const auto path = std::max(what.rfind(" /") + 1, what.rfind(" ../") + 1);
    if (path == 0) return {};
    const std::string_view place = what.substr(path);
    if (place.starts_with("/usr/")) return {};
    return std::string{what};
}

// "ERROR: AddressSanitizer: heap-use-after-free on address 0x… at pc 0x…", or "attempting double-free on 0x… in thread
// T0": without the addresses.
std::string kind(std::string_view line) {
    for (const std::string_view word : {"AddressSanitizer: ", "LeakSanitizer: ", "ThreadSanitizer: "}) {
        std::string_view what = after(line, word);
        if (what.empty()) continue;
        what =
            what.substr(0, std::min({what.find(" on address"), what.find(" on unknown address"), what.find(" on 0x")}));
        return std::string{what.substr(0, what.find(" (pid="))};
    }
    return std::string{after(line, "runtime error: ")};
}

}  // namespace

SanitizerReport read_report(std::string_view said) {
    SanitizerReport report;
    while (!said.empty()) {
        const std::string_view line = said.substr(0, said.find('\n'));
        said.remove_prefix(std::min(line.size() + 1, said.size()));
        if (report.what.empty()) {
            report.what = kind(line);
            continue;
        }
        if (is_frame(line)) {
            std::string one = frame(line);
            if (!one.empty() && report.stack.size() < kMostFrames) report.stack.push_back(std::move(one));
        } else if (!report.stack.empty()) {
            break;  // the first stack is where it happened; the others are where memory came from
        }
    }
    return report;
}

}  // namespace station::child
