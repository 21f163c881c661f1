// What counting an event costs at its worst, measured in this process: eight threads that do nothing else meet at the
// same counters all the time. In a server they meet now and then, between two pieces of real work.
#pragma once

namespace station::lesson {

// Processor time to count one event in and out, in ns.
struct CountingCost {
    double atomic = 0;
    double locked = 0;
};

// Medians of rounds that take turns, so that what disturbs one disturbs the other; about half a second.
CountingCost measure_counting_cost();

}  // namespace station::lesson
