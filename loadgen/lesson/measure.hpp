// The measurements that the lessons compare. A step is often compared with its neighbour: what is known already is not
// measured again.
#pragma once

#include <cstdint>
#include <loadgen/draw/figure.hpp>
#include <loadgen/lesson/load.hpp>
#include <map>
#include <string>
#include <vector>

namespace station::lesson {

// Clients that come all at once and each stay a while.
struct Crowd {
    double seconds = 0;
    std::size_t served = 0;
    std::vector<hammer::Span> spans;
};
inline constexpr std::size_t kCrowd = 50;
inline constexpr std::chrono::milliseconds kStay{100};

// Replies to one client that has one request in flight, a second.
struct Lone {
    double rate = 0;
};

// Events served a second under overload, against the number of workers; --work sleep:1ms.
struct Scaling {
    std::vector<draw::Point> throughput;
    double with(double workers) const;
    std::string in_words() const;  // "1, 2, 4, 8 workers did 895, 1,790, 3,580, 7,160 events/s"
};

// What 8 workers made of events that all meant one user.
struct HotUser {
    std::uint64_t accepted = 0;   // as the clients saw it
    std::uint64_t processed = 0;  // as the program says on its way out; where it says nothing, what it accepted
    bool counted = false;         // it said so
    std::int64_t balance = 0;
    double lost() const { return static_cast<double>(processed) - static_cast<double>(balance); }
};

// How long a balance query takes while writers are busy, in ms.
struct Reads {
    double p50 = 0;
    double p99 = 0;
};

// A program that is told to stop (SIGINT) in the middle of a load that is more than it can do.
struct Interrupted {
    double received = 0;             // as the program says on its way out
    double accepted = 0;             // "accepted" or a balance, as the clients saw it
    double processed = 0;            // as the program says on its way out
    double dropped = 0;              // the same
    std::optional<int> status = {};  // nullopt: it had to be killed, and nothing else is known
    double seconds = 0;              // from the signal to the end
    double lost() const { return accepted - processed; }
};

struct Measurements {
    std::map<std::string, Crowd> crowds;  // by the program's name
    std::map<std::string, Lone> lone;
    std::map<std::string, Latency> latencies;
    std::map<std::string, Scaling> scalings;
    std::map<std::string, HotUser> hot_users;
    std::map<std::string, Reads> reads;
    std::map<std::string, Interrupted> interrupted;
};

const Crowd& crowd(Context& context, const Program& program);
const Lone& lone_client(Context& context, const Program& program);
// How long a request takes where so many clients ask at once, one request in flight each; --work cpu:1ms.
const Latency& latency(Context& context, const Program& program, std::size_t clients);
const Scaling& scaling(Context& context, const Program& program);
const HotUser& hot_user(Context& context, const Program& program);
const Reads& reads(Context& context, const Program& program);
const Interrupted& interrupted(Context& context, const Program& program);

// Measured anew each time.
double throughput(const Program& program, std::size_t workers);
Interrupted interrupt_under_load(const Program& program, const std::string& drain_timeout);

}  // namespace station::lesson
