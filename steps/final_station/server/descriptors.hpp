// How `serve` shares the descriptors that its process may have: some for the server itself, some for the log's files,
// the rest for connections.
#pragma once

#include <cstddef>
#include <optional>

namespace station::final_station {

struct DescriptorShares {
    std::size_t server = 0;       // threads, doors, what is open for a moment
    std::size_t log = 0;          // that the bus may keep open
    std::size_t connections = 0;  // never more than asked for
};

// Nothing where the limit is too small to serve anybody: descriptors_needed() says what it must be.
std::optional<DescriptorShares> share_descriptors(std::size_t limit, std::size_t threads, std::size_t connections);
std::size_t descriptors_needed(std::size_t threads);

}  // namespace station::final_station
