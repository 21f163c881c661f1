// The station is killed (SIGKILL) in the middle of a load and started again on the same folder. Was it all true, what
// it had acknowledged?
#pragma once

#include <loadgen/draw/figure.hpp>
#include <loadgen/lesson/load.hpp>
#include <map>
#include <string>
#include <vector>

namespace station::lesson {

// The last step, with both of its ports.
struct Station {
    target::Process process;
    net::Endpoint web;
    net::Endpoint lines;
};
// Throws CannotMeasure.
Station start_station(const std::string& bin_dir, const std::string& data_dir);

// A client of the line port that knows every event it sent, and where each one that was acknowledged must be.
struct Witness {
    std::string name;
    std::size_t sent = 0;                // numbered from 1
    std::vector<std::uint64_t> offsets;  // acknowledged: of event 1, 2, …
};

// An event of a witness, as it is read from the log.
struct Found {
    std::uint64_t offset = 0;
    std::size_t number = 0;
};

struct Verification {
    double acknowledged = 0;
    double found = 0;       // of those, once, at the offset that was named, in the order in which they were sent
    double repeated = 0;    // events that are there more than once, acknowledged or not
    double disordered = 0;  // events that stand before one that was sent earlier
    double lost() const { return acknowledged - found; }
    bool holds() const { return lost() == 0 && repeated == 0 && disordered == 0; }
    Verification& operator+=(const Verification& more);
};
Verification verify(const Witness& witness, const std::vector<Found>& log);

struct CrashTrial {
    Verification witnessed;
    double load_acknowledged = 0;   // what the publishers beside the witnesses were told
    double load_found = 0;          // the length of their topic after the restart
    double killed_at = 0;           // s, in the graph's time
    double back_at = 0;             // it listens again
    std::vector<draw::Point> rate;  // acknowledged events a second, over time, of the publishers
};
CrashTrial crash_under_load(const std::string& bin_dir, const std::string& data_dir);

}  // namespace station::lesson
