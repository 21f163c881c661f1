#include <loadgen/hammer/progress_line.hpp>
#include <loadgen/hammer/text.hpp>

#include <sys/ioctl.h>
#include <unistd.h>
#include <cstdio>
#include <station/base/numbers.hpp>
#include <station/base/utf8.hpp>

namespace station::hammer {
namespace {

constexpr std::size_t kUnknownWidth = 80;

std::size_t terminal_width() {
    winsize size{};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUnknownWidth;
}

}  // namespace

ProgressLine::ProgressLine() : terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::clear() {
    if (terminal_) std::fputs("\r\x1b[K", stderr);
}

void ProgressLine::show(const Sample& now, Nanoseconds elapsed) {
    if (!terminal_ && elapsed - shown_at_ < std::chrono::seconds{1}) return;
    show(text(now, elapsed), elapsed);
    replies_before_ = now.replies.total();
}

void ProgressLine::show(const std::string& how_far, Nanoseconds elapsed) {
    if (!terminal_ && elapsed - shown_at_ < std::chrono::milliseconds{900}) return;
    std::string line = how_far;
    if (terminal_) {
        line = base::cut_utf8(line, terminal_width() - 1);  // a line that wraps can't be rewritten
        std::fprintf(stderr, "\r%s\x1b[K", line.c_str());
        std::fflush(stderr);
    } else {
        std::fprintf(stderr, "%s\n", line.c_str());
    }
    shown_at_ = elapsed;
}

std::string ProgressLine::text(const Sample& now, Nanoseconds elapsed) const {
    const std::chrono::duration<double> since = elapsed - shown_at_;
    const auto rate = static_cast<double>(now.replies.total() - replies_before_) / since.count();
    char time[32];
    std::snprintf(time, sizeof time, "%6.1f s  ", std::chrono::duration<double>(elapsed).count());
    const auto latency = [&](std::uint64_t value) { return now.measured == 0 ? kNothing : short_time(value); };
    std::string line = time + measured_rate(rate) + "/s  p50 " + latency(now.p50) + "  p99 " + latency(now.p99);
    for (const auto& [kind, count] : by_kind(now.replies)) {
        line += "  " + std::string{kind} + " " + base::with_commas(count);
    }
    if (now.delivered > 0) line += "  delivered " + base::with_commas(now.delivered);
    return line + "  open " + base::with_commas(now.open);
}

}  // namespace station::hammer
