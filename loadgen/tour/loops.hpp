// The same load on the same server, offered in a closed and in an open loop. Both want to send at the same rate. The
// closed loop is one client that waits for each reply, and starts its clock when it sends, as most tools do; the open
// loop counts from when a request was due. In the middle of each run the server stands still for a moment. What the
// closed loop leaves out by that is called coordinated omission (Gil Tene).
#pragma once

#include <loadgen/draw/figure.hpp>
#include <loadgen/lesson/load.hpp>
#include <string>
#include <vector>

namespace station::tour {

struct Loop {
    double rate = 0;     // requests a second
    double seconds = 0;  // how long it took
    double paused = 0;   // seconds that the server stood still
    hammer::Result result = {};
};

struct Loops {
    std::vector<draw::Figure> figures = {};  // closed, open; empty where it was not measured
    std::string headline = {};
    std::string text = {};  // a paragraph with the measured figures
    std::vector<std::string> commands = {};
};

// Hammers the program (step 4), some four seconds. Throws lesson::CannotMeasure.
Loops measure_loops(const lesson::Program& program, lesson::Context& context);

// The figures and the text of two runs.
Loops describe_loops(const Loop& closed, const Loop& open);

}  // namespace station::tour
