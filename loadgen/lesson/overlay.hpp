// All steps that process events, under the same loads: what each makes of 1 ms of waiting an event, with 8 workers
// where it has workers.
#pragma once

#include <loadgen/lesson/lesson.hpp>

namespace station::lesson {

struct Overlay {
    std::vector<draw::Figure> figures;  // throughput, latency, refusals
    std::vector<std::string> commands;
};

// Steps 4 to 10; about half a minute. Throws CannotMeasure (load.hpp) where a step does not start or answer.
Overlay measure_overlay(Context& context);

}  // namespace station::lesson
