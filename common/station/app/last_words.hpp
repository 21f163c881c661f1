// What no program can go on without: a descriptor, a thread, memory. Where it is missing, somebody throws; a program
// that nobody has told what to do then ends with a line on standard error and a status, not with a signal and a core.
#pragma once

#include <string>

namespace station::app {

// From now on an exception that nobody catches, of whatever thread, ends the program: "step07_mutex_state: cannot go
// on: epoll: Too many open files", status kUsageError; kFailure once it has_begun(). Before there are threads, once.
void speak_last_words(const std::string& name);
void has_begun();

}  // namespace station::app
