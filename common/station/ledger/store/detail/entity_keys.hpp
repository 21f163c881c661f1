// The keys of entities that can be forgotten: `keys.db` in the topic's folder, SQLite. It is no derived file: who
// destroys a key here has destroyed what was said under it, in all copies of the log.
//
// An entity has a key for each epoch: the events between two ERASED, an epoch's number being the sequence of the ERASED
// before it. Deleted rows are overwritten (secure_delete), and there is no write-ahead log that would keep them.
//
// Any thread. The file is opened, or made, when somebody needs it.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <station/ledger/error.hpp>
#include <station/sqlite/sqlite.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace station::ledger {

using CipherKey = std::array<std::byte, 32>;
using Epoch = std::optional<std::uint64_t>;  // nullopt: before any ERASED

class EntityKeys {
  public:
    EntityKeys(log::Path file, bool read_only) : file_(std::move(file)), read_only_(read_only) {}

    tl::expected<std::optional<CipherKey>, std::error_code> find(std::string_view entity, Epoch epoch);
    // The one that is there, or a new one, which is durable when this returns.
    tl::expected<CipherKey, std::error_code> make(std::string_view entity, Epoch epoch);
    // All of the entity's before this epoch; durable when this returns.
    std::error_code destroy_before(std::string_view entity, std::uint64_t epoch);
    // All keys into another file, which must not be there.
    std::error_code copy_to(const log::Path& file);
    // Who has keys.
    tl::expected<std::vector<std::string>, std::error_code> entities();

  private:
    // nullptr: there is no file, and nothing is to be written.
    tl::expected<sqlite::Database*, std::error_code> database(bool to_write);

    const log::Path file_;
    const bool read_only_;
    std::mutex mutex_;
    std::optional<sqlite::Database> database_;
};

}  // namespace station::ledger
