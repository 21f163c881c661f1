// One function a scenario: prints one line of JSON, returns 0, or 1 where the log broke a promise.
#pragma once

#include "options.hpp"

namespace station::lab {

int simulate(const Options& options);
int torn(const Options& options);
int rot(const Options& options);
int clock(const Options& options);
int exhaust(const Options& options);  // seed: the first call to be refused; count: how many

}  // namespace station::lab
