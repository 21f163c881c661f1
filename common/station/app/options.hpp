// The command line that all steps share. A step takes every option, and says on standard error which ones it has no
// use for, so that one load script can drive them all and nobody tunes a knob that turns nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <station/flow/work.hpp>
#include <station/net/line_server.hpp>
#include <string>
#include <string_view>

namespace station::app {

struct Program {
    std::string name;        // step05_bounded_channel
    std::uint16_t port = 0;  // the default one
    std::string about = {};  // one line for --help
    bool work = false;       // which of the options below this program has a use for
    bool queue = false;
    bool workers = false;
    bool shards = false;
    bool drain = false;
};

struct Options {
    std::string name;
    net::Endpoint endpoint;
    std::size_t max_line = wire::kDefaultMaxLine;
    flow::Work work;
    std::size_t queue = 1024;
    std::size_t workers = 8;
    std::size_t shards = 64;
    std::chrono::nanoseconds drain_timeout = std::chrono::seconds{10};

    net::LineServerOptions server() const { return {endpoint, max_line}; }
};

// Never returns on --help (status 0) or a bad option (one line on standard error, status 2).
Options parse(int argc, char** argv, const Program& program);

}  // namespace station::app
