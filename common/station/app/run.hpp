// How a step begins and ends: the first line on standard output, Ctrl+C, the last line on standard error, the status.
#pragma once

#include <functional>
#include <station/app/options.hpp>
#include <station/metrics/counters.hpp>
#include <station/net/line_server.hpp>
#include <string>
#include <string_view>

namespace station::app {

inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;
inline constexpr int kUsageError = 2;  // bad option, port in use, no permission

// "step05_bounded_channel listening on 127.0.0.1:7005", the only line a step prints on standard output.
void announce(const std::string& name, const net::Endpoint& endpoint);
// "step05_bounded_channel: cannot listen on 127.0.0.1:7005: Address already in use"
void report_listen_error(const std::string& name, const net::Endpoint& endpoint, std::error_code error);

// "station: standard output is closed", on standard error: why a program does not go on.
void complain(std::string_view name, std::string_view what);

// Listens, announces, serves until the server is stopped; SIGINT and SIGTERM call `on_stop`. Returns the exit status.
int run(net::LineServer& server, const Options& options, std::function<void()> on_stop);
// The same for servers that stop at once: the work under way is abandoned, connections are cut.
int run(net::LineServer& server, const Options& options);

// The last line of a step that served, as JSON on standard error. Returns `status`.
int report(int status, const metrics::Counts& counts);
// The same for a server that drains: says how many accepted events were lost, if any, and then returns kFailure.
int report_drain(int status, const metrics::Counts& counts);

}  // namespace station::app
