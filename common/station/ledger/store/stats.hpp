// How large a ledger is.
#pragma once

#include <cstdint>

namespace station::ledger {

struct StoreStats {
    std::uint64_t records = 0;    // that can be read, hidden ones too
    std::uint64_t entities = 0;   // at most, until the index's files have been merged
    std::uint64_t log_bytes = 0;  // on disk
    std::uint64_t segments = 0;
    std::uint64_t index_memory_bytes = 0;  // of this process
    std::uint64_t index_mapped_bytes = 0;  // of files
};

}  // namespace station::ledger
