// Runs something in a process of its own, so that a crash, an endless loop or a sanitizer's report is a result like any
// other. From a process that has one thread.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace station::child {

struct Ending {
    bool in_time = true;  // otherwise it was killed: time was up, or all its threads slept and nothing woke them
    int status = 0;       // as waitpid(2) gives it
    std::string said;     // on standard error
};

// The child leaves with exit(), which reports leaks, when `work` returns.
Ending run_alone(const std::function<void()>& work, std::chrono::seconds patience);

// Memory of zeroes that children share with the caller, for as long as the program runs; never null.
void* shared_memory(std::size_t size);

}  // namespace station::child
