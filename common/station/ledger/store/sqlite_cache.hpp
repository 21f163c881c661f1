// Projections in a file of SQLite's: by default beside the log, in the topic's folder.
//
//   config.cache = std::make_shared<SqliteCache>(SqliteCache::default_file(config));
//
// It may hold what was erasable, so its rows can be destroyed: secure_delete, and a journal in memory, so that nothing
// lies anywhere else. What a power cut makes of it is told by a checksum in each row. What is damaged is overwritten,
// removed, and made again. Errors on the way make it an empty cache, but for forget() and compact(), which say so.
//
// Opened when it is first used. Any thread may call anything; between processes SQLite's locks rule.
#pragma once

#include <memory>
#include <station/ledger/store/config.hpp>
#include <station/ledger/store/projection_cache.hpp>

namespace station::ledger {

class SqliteCache final : public ProjectionCache {
  public:
    explicit SqliteCache(log::Path file);
    ~SqliteCache() override;
    static log::Path default_file(const StoreConfig& config);

    std::optional<CachedFold> get(const CacheKey& key) override;
    void put(const CacheKey& key, const CachedFold& fold, const std::function<bool()>& may_write) override;
    std::error_code forget(std::string_view entity) override;
    std::error_code compact() override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace station::ledger
