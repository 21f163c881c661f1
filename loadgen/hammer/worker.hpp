// One thread of the hammer with its share of the connections: opens them, sends what is due, checks what
// comes, hands a slice of counts to the series ten times a second. run() belongs to one thread; the rest is
// read after it returned.
#pragma once

#include <atomic>
#include <cstdint>
#include <loadgen/hammer/connection.hpp>
#include <loadgen/hammer/payloads.hpp>
#include <loadgen/hammer/poller.hpp>
#include <loadgen/hammer/requests.hpp>
#include <loadgen/hammer/series.hpp>
#include <optional>
#include <queue>
#include <span>
#include <string>
#include <vector>

namespace station::hammer {

// What all workers of a run share.
struct Run {
    const Plan& plan;
    const Requests& requests;
    const Payloads& payloads;
    std::span<const base::Address> addresses;
    const std::atomic<bool>& interrupted;
    Series& series;
    std::size_t threads;
    std::chrono::steady_clock::time_point start;
};

class Worker {
  public:
    Worker(const Run& run, std::size_t thread);

    void run();

    // What is not in the slices.
    struct Totals {
        std::size_t connected = 0;
        std::size_t connect_failures = 0;
        std::size_t reset = 0;
        Nanoseconds first_sent = Nanoseconds::max();
        Nanoseconds last_reply{0};
        // Of an open loop:
        Nanoseconds due_until{0};  // nothing falls due from here on
        Nanoseconds ended{0};      // nothing is waited for from here on
        std::uint64_t due = 0;
        std::uint64_t unsent = 0;
        std::uint64_t cut_off = 0;

        Nanoseconds error_at = Nanoseconds::max();
        std::string first_error;
        std::optional<std::uint64_t> last_acknowledged;  // the highest offset
    };
    const Totals& totals() const { return totals_; }
    std::span<const Connection> connections() const { return connections_; }
    // Open loop: see InFlight.
    void add_unanswered(Nanoseconds end, metrics::Histogram& latency) const;

  private:
    struct Timer {
        Nanoseconds at{0};
        std::size_t connection = 0;
        bool operator>(const Timer& other) const { return at > other.at; }
    };

    Nanoseconds clock() const { return std::chrono::steady_clock::now() - run_.start; }
    bool over(Nanoseconds now) const;
    Nanoseconds next_deadline(Nanoseconds now) const;

    void tick(Nanoseconds now);
    void open_planned(Nanoseconds now);
    void fall_due(Nanoseconds now);
    void release_due(Nanoseconds now);
    void fire_timers(Nanoseconds now);
    void close_slices(Nanoseconds now);
    void begin_drain(Nanoseconds now);
    void end();
    void total_due(Nanoseconds now);

    void open(Connection& connection);
    void connecting(Connection& connection, Nanoseconds now, int error);
    void connected(Connection& connection, Nanoseconds now);
    void greet(Connection& connection, Nanoseconds now);
    void opened(Connection& connection, Nanoseconds now);
    void failed(Connection& connection, Nanoseconds now, const std::string& why);
    void handle(const epoll_event& event);
    void receive(Connection& connection);
    void replied(Connection& connection, Nanoseconds now);
    void pump(Connection& connection, Nanoseconds now);
    Tap* tap_of(const Connection& connection) const;  // nullptr: nobody listens
    std::size_t allowance(const Connection& connection) const;
    void dribble(Connection& connection, Nanoseconds now);
    void watch(Connection& connection, bool writable);
    void leave_if_answered(Connection& connection, Nanoseconds now);
    void leave(Connection& connection, Nanoseconds now);
    void ended_by_server(Connection& connection, Nanoseconds now, int error);
    void close(Connection& connection, Nanoseconds now);

    void note(Nanoseconds now, const std::string& error);

    const Run run_;
    std::vector<Connection> connections_;  // idle ones and dribblers first
    std::size_t planned_ = 0;              // the first that is not opened yet
    std::size_t actives_ = 0;              // how many send requests; they are the last
    std::size_t live_actives_ = 0;
    std::size_t open_ = 0;
    std::uint64_t quota_;      // requests that may still be sent
    std::uint64_t all_slots_;  // open loop: the run's
    std::uint64_t slots_;      // open loop: requests that may still fall due

    std::uint64_t round_ = 0;  // the open loop's next slot: this round of turns,
    std::size_t turn_ = 0;     // this active connection
    Nanoseconds last_due_{0};
    std::vector<std::size_t> released_;

    bool draining_ = false;
    Nanoseconds stop_at_;  // when sending stops; once draining, when waiting stops
    std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;

    Poller poller_;
    std::vector<char> buffer_;
    Slice slice_;
    std::size_t slice_number_ = 0;
    Totals totals_;
};

}  // namespace station::hammer
