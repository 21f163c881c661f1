#include <loadgen/hammer/echo_check.hpp>
#include <loadgen/hammer/text.hpp>

#include <algorithm>
#include <cstring>

namespace station::hammer {
namespace {

// So far ahead a reply is looked for when another is missing.
constexpr std::size_t kLookAhead = 256;

}  // namespace

void EchoCheck::take(std::string_view bytes, Nanoseconds now, InFlight& in_flight, Slice& slice) {
    while (!bytes.empty()) {
        if (partial_.empty() && !suspect_) bytes.remove_prefix(take_equal(bytes, now, in_flight, slice));
        if (bytes.empty()) return;

        if (matched_ > 0) partial_ = requests_->line(expected_).substr(0, matched_);
        matched_ = 0;
        const std::size_t end = bytes.find('\n');
        partial_ += bytes.substr(0, end == std::string_view::npos ? end : end + 1);
        if (end == std::string_view::npos && partial_.size() < kLongestLine) return;
        bytes.remove_prefix(std::min(bytes.size(), end) + (end == std::string_view::npos ? 0 : 1));
        const std::string line = std::move(partial_);
        partial_.clear();
        take_line(line, now, in_flight, slice);
    }
}

// Takes what equals the bytes that were sent, as far as replies are due; returns how much that was.
std::size_t EchoCheck::take_equal(std::string_view bytes, Nanoseconds now, InFlight& in_flight, Slice& slice) {
    std::size_t taken = 0;
    while (taken < bytes.size() && !in_flight.empty()) {
        const std::size_t lines = std::min(in_flight.size(), requests_->most_at_once());
        const std::string_view wanted = requests_->batch(expected_, lines).substr(matched_);
        const std::size_t length = std::min(wanted.size(), bytes.size() - taken);
        if (std::memcmp(wanted.data(), bytes.data() + taken, length) != 0) break;
        taken += length;

        const std::size_t line_bytes = requests_->line(expected_).size();  // all lines of an echo are of one size
        const std::size_t whole = (matched_ + length) / line_bytes;
        matched_ = (matched_ + length) % line_bytes;
        expected_ += whole;
        slice.replies.echoed += whole;
        in_flight.answered(whole, now, slice);
    }
    return taken;
}

void EchoCheck::take_line(std::string_view line, Nanoseconds now, InFlight& in_flight, Slice& slice) {
    if (suspect_ && explains_suspect(line, now, in_flight, slice)) return;
    if (in_flight.empty()) {
        ++slice.unexpected;
        if (slice.complaint.empty()) slice.complaint = "a reply that nobody asked for: " + shown(line);
        return;
    }
    const std::string_view wanted = requests_->line(expected_);
    if (line == wanted) {
        ++slice.replies.echoed;
        in_flight.answered(1, now, slice);
    } else {
        if (slice.complaint.empty()) slice.complaint = "expected " + shown(wanted) + " back, got " + shown(line);
        in_flight.forget(1);
        suspect_ = line;
    }
    ++expected_;
}

// Counts the suspect. True where this line is counted with it: let x be the suspect and y this line. If y
// answers x's request and x answers none, x was one too many. If x and y answer two neighbours further on,
// the replies before those were left out. Otherwise x is a wrong reply to its request, and y has to be looked
// at by itself.
bool EchoCheck::explains_suspect(std::string_view line, Nanoseconds now, InFlight& in_flight, Slice& slice) {
    const auto ahead = find_ahead(*suspect_, in_flight.size());
    suspect_.reset();
    if (!ahead && line == requests_->line(expected_ - 1)) {
        ++slice.unexpected;
        ++slice.replies.echoed;
        return true;
    }
    if (ahead && *ahead + 1 < in_flight.size() && line == requests_->line(expected_ + *ahead + 1)) {
        take_after_gap(*ahead, in_flight, slice);
        ++slice.replies.echoed;
        in_flight.answered(1, now, slice);
        expected_ += *ahead + 2;
        return true;
    }
    ++slice.replies.mismatched;
    return false;
}

// The suspect answers the request that is `ahead` after expected_; those before it, its own first, have no reply.
void EchoCheck::take_after_gap(std::size_t ahead, InFlight& in_flight, Slice& slice) {
    slice.missing += ahead + 1;
    in_flight.lose_forgotten();
    in_flight.lose(ahead);
    ++slice.replies.echoed;
    in_flight.forget(1);
}

// How many requests after expected_ the one is that `line` answers.
std::optional<std::size_t> EchoCheck::find_ahead(std::string_view line, std::size_t most) const {
    most = std::min({most, kLookAhead, requests_->size()});
    for (std::size_t i = 0; i < most; ++i) {
        if (requests_->line(expected_ + i) == line) return i;
    }
    return std::nullopt;
}

void EchoCheck::finish(InFlight& in_flight, Slice& slice) {
    if (suspect_) {
        if (const auto ahead = find_ahead(*suspect_, in_flight.size())) {
            take_after_gap(*ahead, in_flight, slice);
        } else {
            ++slice.replies.mismatched;
        }
        suspect_.reset();
    }
    slice.missing += in_flight.size();
    in_flight.lose(in_flight.size());
}

}  // namespace station::hammer
