// All that can be set about a ledger.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <station/ledger/proof/signature.hpp>
#include <station/log/config.hpp>
#include <string>
#include <string_view>

namespace station::ledger {

class ProjectionCache;

struct StoreConfig {
    log::Path dir;                  // of the bus: made where there is none, unless it is opened for reading
    std::string ledger = "ledger";  // the topic's name
    log::Durability durability = {};
    bool read_only = false;                          // beside the process that appends
    std::size_t queue_capacity = 65536;              // events under way
    std::size_t max_payload = std::size_t{1} << 20;  // bytes of a record's payload: the whole event
    std::uint64_t segment_bytes = std::uint64_t{256} << 20;
    std::size_t writer_threads = 2;           // as in log::BusConfig
    std::uint64_t checkpoint_every = 50'000;  // events; 0: never
    log::Path keys_file = {};  // of erasable entities; empty: keys.db beside the log, none where `disk` is given

    std::optional<SigningKey> signing_key = {};  // signs heads, and receipts of what is durable

    log::Disk* disk = nullptr;                                         // nullptr: the operating system's
    std::function<std::int64_t()> clock = {};                          // ns since 1970; empty: the system's
    std::function<std::uint64_t()> entropy = {};                       // for ids; empty: the kernel's
    std::function<void(log::Severity, std::string_view)> logger = {};  // any thread; empty: silence
    std::shared_ptr<ProjectionCache> cache = {};                       // of projections; nullptr: none
};

}  // namespace station::ledger
