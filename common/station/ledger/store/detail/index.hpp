// Where everything is: from ids, keys, entities, scopes and kinds to global sequences, and from a global sequence to
// its record. It is derived from the log, and never evidence against it.
//
// It is a log-structured merge tree (O'Neil and others, 1996): what came last is in memory, what came before in parts,
// which are immutable files, mapped, each about a range of global sequences. A checkpoint makes a part of what is in
// memory; parts of like size are merged, so that there are few. 28 bytes an event, whatever is in memory or mapped.
//
// Any thread may ask. load() and drop_from() come before all else; append() belongs to one thread at a time, and so
// does checkpoint(), which may run beside append().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <station/base/guarded.hpp>
#include <station/ledger/coordinate/region.hpp>
#include <station/ledger/event/event.hpp>
#include <station/log/file.hpp>
#include <string_view>
#include <utility>
#include <vector>

namespace station::ledger {

// A global sequence is the log's offset; a ledger ends before 2^32.
using Global = std::uint32_t;

// A record, as the index takes it in.
struct IndexEntry {
    Global global = 0;  // the next one, always: 0, 1, 2, …
    EventId id;
    std::uint32_t position = 0;  // of the record in its segment's file
    // Of a batch whose end never came: only the place of the record is kept, and nothing finds it.
    bool hidden = false;
    std::string_view entity = {};
    std::string_view scope = {};
    EventKind kind = {};
    std::uint64_t sequence = 0;           // within the entity
    std::optional<Global> previous = {};  // the event before it in its entity
    std::optional<EventId> key = {};      // idempotency
    Hash event_hash = {};                 // kept for the last one of a part only
};

// An entity's chain: its ends.
struct EntityHead {
    Global first = 0;
    Global last = 0;
    std::uint64_t last_sequence = 0;
};

// What a part says about its last record, for comparing it with the log.
struct PartEnd {
    Global last = 0;
    EventId id;
    std::uint32_t position = 0;
    Hash event_hash;
};

class Index {
  public:
    struct Config {
        log::Disk* disk = nullptr;
        log::Path folder;            // of the parts, made where there is none; empty: all is kept in memory
        bool read_only = false;      // no checkpoints
        std::uint32_t merge_of = 8;  // so many parts of like size become one
        std::function<void(std::string_view)> warn = {};
    };

    explicit Index(Config config);
    ~Index();
    Index(const Index&) = delete;
    Index& operator=(const Index&) = delete;

    // Loads the parts that hold together: one after the other from 0 on, each with its checksum right. What does not
    // is thrown away, with a warning. After it, ends() says what is to be compared with the log.
    std::error_code load();
    std::vector<PartEnd> ends() const;
    // Throws away all parts that say something about this global sequence or a later one: 0 for all.
    void drop_from(Global global);

    void append(std::span<const IndexEntry> entries);
    // Makes a part of what is in memory, on the disk; merges parts. An error: all stays in memory, and the next
    // one tries again.
    std::error_code checkpoint();
    std::uint64_t in_memory() const;  // events since the last checkpoint

    Global end() const;  // all records before it are known
    std::uint32_t position(Global global) const;
    // And of the record behind it, where that is known: 0 otherwise.
    std::pair<std::uint32_t, std::uint32_t> positions(Global global) const;
    bool hidden(Global global) const;
    std::optional<Global> previous(Global global) const;
    std::optional<EntityHead> entity(std::string_view name) const;
    std::uint64_t entities() const;  // an upper bound where parts have not been merged
    // Ids ascend with global sequences: what has an id with the same first 8 bytes lies in [begin, end), most likely at
    // `likely`, where there is any.
    struct IdRange {
        Global begin = 0;
        Global end = 0;
        Global likely = 0;
    };
    IdRange find_id(const EventId& id) const;
    // Those whose key may be this one; the record says whether it is. Mostly none or one.
    std::vector<Global> find_key(const EventId& key) const;

    // Global sequences before `end`, ascending, of events that may be in the region: all that are, and others only
    // where the region names sequences. `from`: none before it. `limit`: no more than that, where it names none.
    std::vector<Global> select(const Region& region, Global from, Global end, std::size_t limit) const;

    // Bytes, in memory and in mapped parts.
    struct Memory {
        std::uint64_t owned = 0;
        std::uint64_t mapped = 0;
    };
    Memory memory() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace station::ledger
