// Runs a plan: opens the connections, sends, checks every reply (one for each request, in order), measures.
#pragma once

#include <atomic>
#include <functional>
#include <loadgen/hammer/plan.hpp>
#include <loadgen/hammer/result.hpp>

namespace station::hammer {

// Called about five times a second from the thread that called run(), with what was seen so far.
using Progress = std::function<void(const Sample& now, Nanoseconds elapsed)>;

// Blocks until the plan is done, or until `interrupted` becomes true (then the result has what was seen so far). Never
// throws for what a server does: failures are counted in the result.
Result run(const Plan& plan, const std::atomic<bool>& interrupted, const Progress& progress = {});

// The same, without a way to stop it early.
Result run(const Plan& plan);

}  // namespace station::hammer
