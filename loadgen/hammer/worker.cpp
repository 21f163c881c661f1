#include <loadgen/hammer/frame_exchange.hpp>
#include <loadgen/hammer/line_exchange.hpp>
#include <loadgen/hammer/text.hpp>
#include <loadgen/hammer/worker.hpp>

#include <sys/prctl.h>
#include <algorithm>
#include <cmath>

namespace station::hammer {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} * 1024;
// Longest time spent opening connections before replies are looked at again.
constexpr Nanoseconds kOpening = std::chrono::milliseconds{10};
// Longest wait for the last replies after an interrupt: somebody sits there and waits.
constexpr Nanoseconds kInterruptedPatience = std::chrono::milliseconds{500};

std::size_t share(std::size_t count, std::size_t threads, std::size_t thread) {
    return count / threads + (thread < count % threads ? 1 : 0);
}

// A thread's part of `requests`, as its connections are a part of all.
std::uint64_t quota(const Plan& plan, std::size_t threads, std::size_t thread) {
    if (plan.requests == 0) return UINT64_MAX;
    std::size_t before = 0;
    for (std::size_t i = 0; i < thread; ++i) before += share(plan.connections, threads, i);
    const std::size_t own = share(plan.connections, threads, thread);
    const auto upto = [&](std::size_t connections) {
        const double part = static_cast<double>(connections) / static_cast<double>(plan.connections);
        return static_cast<std::uint64_t>(std::llround(static_cast<double>(plan.requests) * part));
    };
    return own == 0 ? 0 : upto(before + own) - upto(before);
}

// When begin_drain() is due at the latest. Connections that are held leave by themselves, and then all is
// over.
Nanoseconds last_sending(const Plan& plan) {
    return plan.hold.count() == 0 ? plan.duration : std::max(plan.duration, plan.ramp) + plan.patience;
}

std::unique_ptr<Exchange> make_exchange(const Run& run, Role role, std::size_t number, Schedule schedule) {
    if (run.plan.mix == Mix::ws && role != Role::dribbler) {
        return std::make_unique<FrameExchange>(run.plan, run.payloads, number, schedule, run.start.time_since_epoch(),
                                               role == Role::active);
    }
    const std::uint64_t first_line = number * (run.requests.size() / 16 * 3 + 1) % run.requests.size();
    // A dribbler of ws speaks half a request of HTTP, and no lines.
    const std::string token = run.plan.mix == Mix::ws ? "" : run.plan.token;
    return std::make_unique<LineExchange>(run.requests, first_line, schedule, token);
}

std::vector<Connection> plan_connections(const Run& run, std::size_t thread) {
    std::vector<Connection> connections;
    const auto add = [&](Role role, std::size_t number, Nanoseconds opens_at) {
        const Turns own = turns_of(run.plan, number);
        Connection connection{.exchange = make_exchange(run, role, number, own.schedule)};
        connection.id = connections.size();
        connection.number = number;
        connection.role = role;
        connection.opens_at = opens_at;
        connection.first_round = own.first_round;
        connections.push_back(std::move(connection));
    };
    const Plan& plan = run.plan;
    for (std::size_t i = thread; i < plan.idle; i += run.threads) add(Role::idle, i, Nanoseconds{0});
    for (std::size_t i = thread; i < plan.dribblers; i += run.threads) add(Role::dribbler, i, Nanoseconds{0});
    for (std::size_t i = thread; i < plan.connections; i += run.threads) add(Role::active, i, opening(plan, i));
    return connections;
}

}  // namespace

Worker::Worker(const Run& run, std::size_t thread)
    : run_(run),
      connections_(plan_connections(run, thread)),
      actives_(share(run.plan.connections, run.threads, thread)),
      live_actives_(actives_),
      quota_(quota(run.plan, run.threads, thread)),
      all_slots_(slots_of(run.plan)),
      slots_(actives_ > 0 ? quota_ : 0),
      stop_at_(last_sending(run.plan)),
      buffer_(kReadBytes) {}

void Worker::run() {
    // An open loop wakes up when it is asked to, and not 50 us later.
    if (run_.plan.open_loop()) ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    Nanoseconds now = clock();
    tick(now);
    while (!over(now)) {
        for (const epoll_event& event : poller_.wait(next_deadline(now) - now)) handle(event);
        now = clock();
        tick(now);
    }
    end();
}

bool Worker::over(Nanoseconds now) const {
    if (draining_ && now >= stop_at_) return true;
    if (actives_ == 0) return draining_;
    if (live_actives_ > 0) return false;
    // In an open loop requests fall due whether or not the server is still there; but it must have been.
    return draining_ || !run_.plan.open_loop() || totals_.connected == 0;
}

Nanoseconds Worker::next_deadline(Nanoseconds now) const {
    Nanoseconds next = std::min(stop_at_, kSliceTime * (static_cast<Nanoseconds::rep>(slice_number_) + 1));
    if (!timers_.empty()) next = std::min(next, timers_.top().at);
    if (!draining_ && planned_ < connections_.size()) next = std::min(next, connections_[planned_].opens_at);
    if (!draining_ && run_.plan.open_loop() && slots_ > 0) {
        const Connection& turn = connections_[connections_.size() - actives_ + turn_];
        if (round_ >= turn.first_round) next = std::min(next, turn.exchange->schedule().due(turn.due));
    }
    return std::max(next, now);
}

void Worker::tick(Nanoseconds now) {
    close_slices(now);
    if (!draining_) {
        open_planned(now);
        if (run_.plan.open_loop()) release_due(std::min(now, stop_at_));
        const bool all_due = run_.plan.requests > 0 && slots_ == 0 && live_actives_ == 0;
        const bool interrupted = run_.interrupted.load(std::memory_order_relaxed);
        if (now >= stop_at_ || quota_ == 0 || all_due || interrupted) begin_drain(now);
    } else if (run_.interrupted.load(std::memory_order_relaxed)) {
        stop_at_ = std::min(stop_at_, now + kInterruptedPatience);
    }
    fire_timers(now);
}

void Worker::open_planned(Nanoseconds now) {
    const Nanoseconds until = now + kOpening;
    while (planned_ < connections_.size() && connections_[planned_].opens_at <= now && clock() < until) {
        open(connections_[planned_++]);
    }
}

// Counts what has fallen due.
void Worker::fall_due(Nanoseconds now) {
    const std::size_t first = connections_.size() - actives_;
    while (slots_ > 0) {
        Connection& connection = connections_[first + turn_];
        if (round_ * run_.plan.connections + connection.number >= all_slots_) {
            slots_ = 0;
            break;
        }
        if (round_ >= connection.first_round) {
            const Nanoseconds due = connection.exchange->schedule().due(connection.due);
            if (due > now) break;
            last_due_ = due;
            --slots_;
            if (connection.due++ == connection.released) released_.push_back(connection.id);
        }
        turn_ = (turn_ + 1) % actives_;
        if (turn_ == 0) ++round_;
    }
}

// Sends what falls due: together where a connection has several.
void Worker::release_due(Nanoseconds now) {
    fall_due(now);
    for (const std::size_t id : released_) {
        connections_[id].released = connections_[id].due;
        pump(connections_[id], clock());  // one send() can take longer than a request's latency
    }
    released_.clear();
}

void Worker::fire_timers(Nanoseconds now) {
    while (!timers_.empty() && timers_.top().at <= now) {
        Connection& connection = connections_[timers_.top().connection];
        timers_.pop();
        if (connection.state == State::leaving) {
            close(connection, now);
        } else if (connection.state == State::open && connection.role == Role::dribbler) {
            dribble(connection, now);
        } else if (connection.state == State::open) {
            leave(connection, now);
        }
    }
}

void Worker::close_slices(Nanoseconds now) {
    while (true) {
        const Nanoseconds end = kSliceTime * (static_cast<Nanoseconds::rep>(slice_number_) + 1);
        if (now < end) return;
        slice_.open = open_;
        run_.series.add(slice_number_++, end, slice_);
        slice_.clear();
    }
}

// Nothing new is sent from here on; connections leave when they have their replies.
void Worker::begin_drain(Nanoseconds now) {
    draining_ = true;
    totals_.due_until = run_.interrupted.load(std::memory_order_relaxed) ? std::min(now, stop_at_) : stop_at_;
    Nanoseconds patience = run_.plan.hold.count() > 0 ? Nanoseconds{0} : run_.plan.patience;
    if (run_.interrupted.load(std::memory_order_relaxed)) patience = std::min(run_.plan.patience, kInterruptedPatience);
    stop_at_ = now + patience;
    for (Connection& connection : connections_) {
        if (connection.role != Role::active) continue;
        if (connection.state == State::planned) {
            connection.state = State::closed;
            --live_actives_;
        } else if (connection.state == State::open) {
            leave_if_answered(connection, now);
        }
    }
}

void Worker::total_due(Nanoseconds now) {
    totals_.ended = now;
    if (!draining_) totals_.due_until = now;
    if (run_.plan.requests > 0) {
        const Nanoseconds slot{std::llround(1e9 / run_.plan.rate)};
        totals_.due_until = std::min(totals_.due_until, last_due_ + slot);
    }
    for (const Connection& connection : connections_) {
        const std::uint64_t unsent = connection.due - std::min(connection.due, connection.exchange->begun());
        totals_.due += connection.due;
        totals_.unsent += unsent;
        if (connection.lost) totals_.cut_off += unsent;
    }
}

void Worker::add_unanswered(Nanoseconds end, metrics::Histogram& latency) const {
    for (const Connection& connection : connections_) {
        connection.exchange->add_unanswered(connection.due, end, latency);
    }
}

void Worker::end() {
    const Nanoseconds now = clock();
    close_slices(now);
    for (Connection& connection : connections_) {
        const std::size_t waiting = connection.exchange->in_flight();
        if (const auto last = connection.exchange->last_acknowledged()) {
            totals_.last_acknowledged = std::max(totals_.last_acknowledged.value_or(0), *last);
        }
        if (connection.state == State::connecting || connection.state == State::greeting) {
            failed(connection, now, "no connection came about in time");
        }
        if (waiting > 0) {
            note(now, "a connection still waited for " + counted(waiting, "reply", "replies") + " at the end");
        }
        if (connection.state != State::planned && connection.state != State::closed) close(connection, now);
    }
    if (run_.plan.open_loop()) total_due(now);
    slice_.open = open_;
    run_.series.add(slice_number_, now, slice_);
    run_.series.leave(slice_number_ + 1);
}

void Worker::note(Nanoseconds now, const std::string& error) {
    if (!totals_.first_error.empty()) return;
    totals_.first_error = error;
    totals_.error_at = now;
}

}  // namespace station::hammer
