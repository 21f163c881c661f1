// All that can be set about a bus, with its limits in one place.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <station/log/error.hpp>
#include <station/log/file.hpp>
#include <string>
#include <string_view>

namespace station::log {

// When a publish is acknowledged. docs/storage.md has the table of what survives what.
//   always   when the fdatasync that covers it has returned
//   batch    when it is written; synced after `events` events or `millis` milliseconds, whichever comes first
//   os       when it is written; the operating system writes it back when it likes
struct Durability {
    enum class Mode { always, batch, os };
    Mode mode = Mode::always;
    std::uint64_t events = 1000;
    std::chrono::milliseconds millis{50};

    static constexpr Durability always() { return {}; }
    static constexpr Durability batch(std::uint64_t events, std::chrono::milliseconds millis) {
        return {Mode::batch, events, millis};
    }
    static constexpr Durability os() { return {Mode::os}; }

    // "always", "os", "batch:EVENTS,MILLIS".
    static tl::expected<Durability, std::string> parse(std::string_view text);
    std::string to_text() const;
};

enum class Severity { info, warning, error };

struct BusConfig {
    Path dir;
    Durability durability = {};
    bool read_only = false;        // follows a folder that another process may own; changes nothing in it
    bool create = true;            // makes the folder where there is none
    bool follow = true;            // read-only: sees what the other process appends later, too
    std::string first_topic = {};  // the topic that stream 1 is kept for; empty: whichever is made first

    std::uint64_t segment_bytes = std::uint64_t{256} << 20;  // 4 KiB to 2 GiB: rotates before it grows past it
    std::size_t index_stride = std::size_t{16} << 10;        // bytes of log between two entries of the sparse index
    std::size_t queue_capacity = 65536;                      // events that wait for a topic's writer
    std::size_t max_payload = std::size_t{1} << 20;          // bytes, at most 64 MiB
    std::size_t max_headers = std::size_t{64} << 10;         // bytes, at most 64 KiB
    std::size_t max_group = std::size_t{1} << 20;            // bytes that one write and one sync cover
    std::size_t zero_ahead = std::size_t{1} << 20;  // bytes of zeros written ahead of the log, 0 for none: a sync of
                                                    // bytes the file already has is cheaper than one that makes it grow
    // They serve all topics, and stay; where all are busy, perhaps with a slow disk, further ones come, up to
    // `max_threads`, and go again. 0: the bus has no threads at all, and whoever publishes does all there is to do
    // before it returns, so that a simulation can be run again; a batch is then synced by its events only.
    std::size_t writer_threads = 2;
    std::size_t max_threads = 64;

    std::chrono::milliseconds retention_interval{60000};  // between two looks at what has become too old

    std::size_t open_files = 0;  // descriptors kept for files that nobody uses now; 0: by the limit of the process

    Disk* disk = nullptr;                      // nullptr: the operating system's; outlives the bus
    std::function<std::int64_t()> clock = {};  // ns since 1970; empty: the system's
    // For simulations: 64 random bits for ids at a time, asked for from any thread; empty: the kernel's.
    std::function<std::uint64_t()> entropy = {};
    std::function<void(Severity, std::string_view)> logger = {};  // called from any thread; empty: silence
    std::function<void(std::uint64_t)> progress = {};             // bytes scanned of a topic while opening, as it goes

    // Empty where all is within its limits, else what is not.
    std::string problem() const;
};

inline constexpr std::size_t kMaxTopicName = 128;

// 1 to 128 of A-Z a-z 0-9 . _ -, not starting with a dot.
bool is_topic_name(std::string_view name);

}  // namespace station::log
