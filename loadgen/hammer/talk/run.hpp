// Runs a plan against a chat: people sign in, connect, talk, go away and come back; then everything is counted.
#pragma once

#include <atomic>
#include <loadgen/hammer/talk/cast.hpp>
#include <loadgen/hammer/talk/plan.hpp>
#include <loadgen/hammer/talk/result.hpp>

namespace station::hammer::talk {

// Blocks until it is done, or until `interrupted` becomes true (then the result has what was seen so far). Never throws
// for what a server does.
Result run(const Plan& plan, const std::atomic<bool>& interrupted, const Say& say);

}  // namespace station::hammer::talk
