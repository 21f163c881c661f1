// Where a server's events live, by its options: a folder of this machine, or a cluster.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "engine/engine.hpp"
#include "journal.hpp"
#include "serve.hpp"

namespace station::final_station {

// An error is a sentence. `open_files`: descriptors for the log, where it is this machine's. The journal outlives it.
tl::expected<std::unique_ptr<engine::Engine>, std::string> open_engine(const ServeOptions& options,
                                                                       std::size_t open_files, Journal& journal);

// What names it in a sentence: the folder, or the cluster's addresses.
const std::string& place_of(const ServeOptions& options);

}  // namespace station::final_station
