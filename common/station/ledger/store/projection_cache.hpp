// Where projections are kept, so that only what is new has to be folded. A cache is never evidence: what it gives is
// compared with the log before it is believed, and without one every answer is the same, only later. Any thread may
// call anything.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <station/ledger/error.hpp>
#include <station/ledger/wire/hash.hpp>
#include <string_view>
#include <system_error>
#include <vector>

namespace station::ledger {

struct CacheKey {
    std::string_view entity;
    std::string_view projection;
    std::uint64_t schema_version = 0;
};

// A projection as it was behind one event.
struct CachedFold {
    std::uint64_t global_sequence = 0;  // of the last event folded
    Hash event_hash;                    // its
    std::int64_t made_at = 0;           // ns since 1970: all that was there then is in it
    std::vector<std::byte> state;
    friend bool operator==(const CachedFold&, const CachedFold&) = default;
};

class ProjectionCache {
  public:
    virtual ~ProjectionCache() = default;

    // What can't be read is not there.
    virtual std::optional<CachedFold> get(const CacheKey& key) = 0;
    // Asks may_write and writes in one step, which forget() comes before or after, never in between; whoever forgets
    // has made may_write false before. What can't be written is not.
    virtual void put(const CacheKey& key, const CachedFold& fold, const std::function<bool()>& may_write) = 0;
    // Destroys all about an entity: when it returns without an error it is gone from the disk too, and stays so after a
    // power cut.
    virtual std::error_code forget(std::string_view entity) = 0;
    // Gives back room that is not used.
    virtual std::error_code compact() = 0;
};

class NoCache final : public ProjectionCache {
  public:
    std::optional<CachedFold> get(const CacheKey&) override { return std::nullopt; }
    void put(const CacheKey&, const CachedFold&, const std::function<bool()>&) override {}
    std::error_code forget(std::string_view) override { return {}; }
    std::error_code compact() override { return {}; }
};

class Core;

namespace detail {

// From now on what an entity's erasing takes with it is also in the store's cache, and in the one beside the log where
// another run of the store has left it.
std::optional<Error> destroy_with_entities(Core& core);

}  // namespace detail

}  // namespace station::ledger
