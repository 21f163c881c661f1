// The engine that a station begins with: topics are log::Topic, in a folder of this machine. It adds one virtual call
// to each call of the log's, and nothing else.
#pragma once

#include <memory>
#include <station/log/bus.hpp>

#include "engine.hpp"

namespace station::engine {

// Durability is what acknowledged means.
std::unique_ptr<Engine> local(log::Bus bus, const log::Durability& durability);

}  // namespace station::engine
