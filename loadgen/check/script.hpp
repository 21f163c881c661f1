// Runs the actions of one case, in their order, against a server.
#pragma once

#include <chrono>
#include <loadgen/check/case.hpp>
#include <loadgen/target/recorder.hpp>
#include <optional>
#include <station/net/endpoint.hpp>
#include <string>
#include <vector>

namespace station::check {

struct Setting {
    net::Endpoint server;
    int step = 0;
    std::chrono::milliseconds patience{5000};  // longest wait for one reply
};

struct Failure {
    std::vector<std::string> sent;  // one line for each connection
    std::string expected;
    std::string came;
    bool waited_in_vain = false;   // for as long as the setting's patience
    target::Trace trace = {};      // what went over the connections
    std::uint64_t names = 0;       // what made the case's user names
    std::string output = {};       // what the server had written to standard error by then
    bool lost_connection = false;  // refused, ended or reset: the server may have died
    bool died = false;             // it has
};

// A case that is split everywhere is as many runs as its bytes have places between them; every other one is 1
// run.
std::size_t count_runs(const Case& one);

// nullopt: the server did as the case says. `run` counts from 0. Threads may run cases side by side.
std::optional<Failure> run_case(const Case& one, std::size_t run, const Names& names, const Setting& setting);

}  // namespace station::check
