#include <loadgen/hammer/event_check.hpp>
#include <loadgen/hammer/reply_kind.hpp>
#include <loadgen/hammer/text.hpp>

namespace station::hammer {
namespace {

constexpr std::string_view kAcceptedLine = "{\"status\":\"accepted\"}\n";

}  // namespace

void EventCheck::take(std::string_view bytes, Nanoseconds now, InFlight& in_flight, Slice& slice) {
    while (!bytes.empty()) {
        if (partial_.empty()) bytes.remove_prefix(take_accepted(bytes, now, in_flight, slice));
        const std::size_t end = bytes.find('\n');
        const bool whole = end != std::string_view::npos;
        const std::string_view piece = bytes.substr(0, end);
        bytes.remove_prefix(piece.size() + (whole ? 1 : 0));
        if (whole && partial_.empty()) {
            take_line(piece, now, in_flight, slice);
            continue;
        }
        partial_ += piece;
        if (!whole && partial_.size() < kLongestLine) return;
        take_line(partial_, now, in_flight, slice);
        partial_.clear();
    }
}

// The commonest reply, in a run; returns how many bytes were taken.
std::size_t EventCheck::take_accepted(std::string_view bytes, Nanoseconds now, InFlight& in_flight, Slice& slice) {
    std::size_t lines = 0;
    while (lines < in_flight.size() && bytes.substr(lines * kAcceptedLine.size()).starts_with(kAcceptedLine) &&
           !requests_->asks_balance(expected_ + lines)) {
        ++lines;
    }
    expected_ += lines;
    slice.replies.accepted += lines;
    in_flight.answered(lines, now, slice);
    return lines * kAcceptedLine.size();
}

void EventCheck::take_line(std::string_view line, Nanoseconds now, InFlight& in_flight, Slice& slice) {
    if (in_flight.empty()) {
        ++slice.unexpected;
        if (slice.complaint.empty()) slice.complaint = "a reply that nobody asked for: " + shown(line);
        return;
    }
    const ReplyKind kind = classify(line);
    if (kind == ReplyKind::accepted && requests_->asks_balance(expected_)) {
        if (slice.complaint.empty()) slice.complaint = "a balance query was answered with " + shown(line);
        ++slice.replies.mismatched;
        in_flight.forget(1);
    } else {
        ++counter(slice.replies, kind);
        in_flight.answered(1, now, slice);
    }
    ++expected_;
}

void EventCheck::finish(InFlight& in_flight, Slice& slice) {
    slice.missing += in_flight.size();
    in_flight.lose(in_flight.size());
}

}  // namespace station::hammer
