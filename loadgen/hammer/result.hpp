// What the hammer saw. All times are since the run began, all latencies in nanoseconds.
#pragma once

#include <array>
#include <cstdint>
#include <loadgen/hammer/plan.hpp>
#include <station/metrics/histogram.hpp>
#include <string>
#include <vector>

namespace station::hammer {

// Replies by kind. `other` is a line that is none of the contract's replies.
struct Replies {
    std::uint64_t echoed = 0;
    std::uint64_t accepted = 0;
    std::uint64_t ok = 0;  // with a balance
    std::uint64_t server_busy = 0;
    std::uint64_t shutting_down = 0;
    std::uint64_t errors = 0;  // {"status":"error",…}
    std::uint64_t other = 0;
    std::uint64_t mismatched = 0;  // an echo that differs from what was sent, or a reply that its request can't get

    std::uint64_t total() const {
        return echoed + accepted + ok + server_busy + shutting_down + errors + other + mismatched;
    }
    Replies& operator+=(const Replies& more) {
        echoed += more.echoed;
        accepted += more.accepted;
        ok += more.ok;
        server_busy += more.server_busy;
        shutting_down += more.shutting_down;
        errors += more.errors;
        other += more.other;
        mismatched += more.mismatched;
        return *this;
    }
};

// One connection's life, for the graph of who waited for whom (kept for the first 1,000 connections).
struct Span {
    Nanoseconds started{0};      // connect() was called
    Nanoseconds first_reply{0};  // 0: none came
    Nanoseconds ended{0};
};

// What happened in one slice of the run.
struct Sample {
    Nanoseconds at{0};  // the slice's end
    std::uint64_t sent = 0;
    Replies replies;
    std::uint64_t measured = 0;  // latencies that p50 and p99 are of; they are 0 where there were none
    std::uint64_t p50 = 0;
    std::uint64_t p99 = 0;
    std::size_t open = 0;         // connections open at the slice's end
    std::uint64_t delivered = 0;  // events that subscribers got
};

// What the subscribers saw, all of them together.
struct Deliveries {
    std::size_t subscribed = 0;
    std::size_t failed = 0;  // did not come about, or ended early
    std::uint64_t events = 0;
    std::uint64_t missing = 0;          // acknowledged to a publisher, and not delivered in its place
    std::uint64_t repeated = 0;         // delivered twice, or after a later one
    Nanoseconds elapsed{0};             // from the run's beginning to the last delivery
    metrics::Histogram latency;         // from when an event was sent, or due in an open loop
    std::vector<std::uint64_t> series;  // by slice

    double rate() const {  // deliveries a second
        return elapsed.count() == 0 ? 0.0 : 1e9 * static_cast<double>(events) / static_cast<double>(elapsed.count());
    }
    bool right() const { return failed == 0 && missing == 0 && repeated == 0; }
};

struct Result {
    // Closed loop: from the first request to the last reply. Open loop: the time in which requests fall due, and what
    // the last reply took beyond it.
    Nanoseconds elapsed{0};
    std::uint64_t due = 0;  // in a closed loop, what was sent; each has had its reply, or is missing or unsent
    std::uint64_t sent = 0;
    Replies replies;
    std::uint64_t missing = 0;     // sent, never answered
    std::uint64_t unexpected = 0;  // lines that came without a request
    std::uint64_t unsent = 0;      // due in an open loop, and not sent by the end: the server was that far behind,
    std::uint64_t cut_off = 0;     // or, so many of them, had no connection any more
    std::size_t connected = 0;
    std::size_t connect_failures = 0;
    std::size_t reset = 0;    // connections that the server ended before the hammer did
    std::string first_error;  // the first failure, in words; empty where there was none
    bool interrupted = false;

    // From when a request was due (open loop) or sent (closed loop). In an open loop those that were due and have no
    // answer are in it, with the time from then to the run's end.
    metrics::Histogram latency;
    metrics::Histogram from_sending;  // from when it was really sent: what coordinated omission shows
    std::vector<Sample> series;
    std::vector<Span> spans;
    Deliveries deliveries;

    std::uint64_t unanswered() const { return missing + unsent; }
    double rate() const {  // replies a second
        return elapsed.count() == 0 ? 0.0
                                    : 1e9 * static_cast<double>(replies.total()) / static_cast<double>(elapsed.count());
    }
};

}  // namespace station::hammer
