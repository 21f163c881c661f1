// Where a history's secrets are kept: keys in a file of the system's, which loses nothing, and projections in a map.
#pragma once

#include <map>
#include <station/ledger/store/projection_cache.hpp>
#include <station/log/file.hpp>
#include <string>
#include <utility>

namespace station::ledger::test {

// Of the history that runs: one at a time.
const log::Path& keys_file();
std::string read_keys();
void write_keys(const std::string& bytes);
// No keys, and what the ciphers draw follows from the seed.
void begin_secrets(std::uint64_t seed);

class MapCache final : public ProjectionCache {
  public:
    std::optional<CachedFold> get(const CacheKey& key) override;
    void put(const CacheKey& key, const CachedFold& fold, const std::function<bool()>& may_write) override;
    std::error_code forget(std::string_view entity) override;
    std::error_code compact() override { return {}; }

  private:
    std::map<std::pair<std::string, std::string>, CachedFold> rows_;  // by entity and projection
};

}  // namespace station::ledger::test
