#include <sodium.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <station/ledger/store/detail/cipher.hpp>
#include <station/ledger/store/detail/entity_keys.hpp>

namespace station::ledger {
namespace {

std::int64_t column_of(Epoch epoch) { return epoch ? static_cast<std::int64_t>(*epoch) : -1; }

}  // namespace

tl::expected<sqlite::Database*, std::error_code> EntityKeys::database(bool to_write) {
    if (database_) return &*database_;
    std::error_code error;
    const bool is_there = std::filesystem::exists(file_, error);
    if (error) return tl::unexpected(error);
    if (!is_there && (read_only_ || !to_write)) return nullptr;
    auto opened =
        sqlite::Database::open(file_, read_only_ ? sqlite::Database::Mode::read : sqlite::Database::Mode::write);
    if (!opened) return tl::unexpected(opened.error());
    if (!read_only_) {
        const auto failed = opened->run(
            "PRAGMA journal_mode=DELETE; PRAGMA secure_delete=ON; PRAGMA synchronous=EXTRA;"
            "CREATE TABLE IF NOT EXISTS keys(entity TEXT NOT NULL, epoch INTEGER NOT NULL, key BLOB NOT NULL,"
            " PRIMARY KEY(entity, epoch)) WITHOUT ROWID");
        if (failed) return tl::unexpected(failed);
    }
    if (!is_there) {
        if (const auto failed = log::posix_disk().sync_folder(file_.parent_path())) return tl::unexpected(failed);
    }
    database_ = std::move(*opened);
    return &*database_;
}

tl::expected<std::optional<CipherKey>, std::error_code> EntityKeys::find(std::string_view entity, Epoch epoch) {
    const std::lock_guard lock{mutex_};
    const auto database = this->database(false);
    if (!database) return tl::unexpected(database.error());
    if (*database == nullptr) return std::optional<CipherKey>{};
    auto select = sqlite::Statement::prepare(**database, "SELECT key FROM keys WHERE entity=? AND epoch=?");
    if (!select) return tl::unexpected(select.error());
    const auto row = select->bind(1, entity).bind(2, column_of(epoch)).step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return std::optional<CipherKey>{};
    const Bytes bytes = select->bytes(0);
    CipherKey key;
    if (bytes.size() != key.size()) return tl::unexpected(make_error_code(Errc::damaged));
    std::copy(bytes.begin(), bytes.end(), key.begin());
    return std::optional{key};
}

tl::expected<CipherKey, std::error_code> EntityKeys::make(std::string_view entity, Epoch epoch) {
    const auto known = find(entity, epoch);
    if (!known) return tl::unexpected(known.error());
    if (*known) return **known;
    if (const auto error = use_sodium()) return tl::unexpected(error);
    CipherKey key;
    randombytes_buf(key.data(), key.size());
    {
        const std::lock_guard lock{mutex_};
        const auto database = this->database(true);
        if (!database) return tl::unexpected(database.error());
        if (*database == nullptr) return tl::unexpected(make_error_code(Errc::read_only));
        auto insert = sqlite::Statement::prepare(**database, "INSERT OR IGNORE INTO keys VALUES(?,?,?)");
        if (!insert) return tl::unexpected(insert.error());
        const auto done = insert->bind(1, entity).bind(2, column_of(epoch)).bind(3, Bytes{key}).step();
        if (!done) return tl::unexpected(done.error());
    }
    // Somebody else may have been first.
    const auto kept = find(entity, epoch);
    if (!kept) return tl::unexpected(kept.error());
    if (!*kept) return tl::unexpected(make_error_code(Errc::no_key));
    return **kept;
}

std::error_code EntityKeys::destroy_before(std::string_view entity, std::uint64_t epoch) {
    const std::lock_guard lock{mutex_};
    const auto database = this->database(false);
    if (!database) return database.error();
    if (*database == nullptr) return {};
    if (read_only_) return Errc::read_only;
    auto destroy = sqlite::Statement::prepare(**database, "DELETE FROM keys WHERE entity=? AND epoch<?");
    if (!destroy) return destroy.error();
    const auto done = destroy->bind(1, entity).bind(2, column_of(epoch)).step();
    return done ? std::error_code{} : done.error();
}

std::error_code EntityKeys::copy_to(const log::Path& file) {
    const std::lock_guard lock{mutex_};
    const auto database = this->database(false);
    if (!database) return database.error();
    if (*database == nullptr) return {};
    std::error_code error;
    if (std::filesystem::exists(file, error)) return std::make_error_code(std::errc::file_exists);
    if (error) return error;
    // An empty file, which is what opening makes, is one that SQLite may copy into, and has the owner's mode.
    if (const auto made = sqlite::Database::open(file, sqlite::Database::Mode::write); !made) return made.error();
    const std::string name = file.string();
    auto copy = sqlite::Statement::prepare(**database, "VACUUM INTO ?");
    if (!copy) return copy.error();
    const auto done = copy->bind(1, std::string_view{name}).step();
    return done ? std::error_code{} : done.error();
}

tl::expected<std::vector<std::string>, std::error_code> EntityKeys::entities() {
    const std::lock_guard lock{mutex_};
    const auto database = this->database(false);
    if (!database) return tl::unexpected(database.error());
    std::vector<std::string> found;
    if (*database == nullptr) return found;
    auto select = sqlite::Statement::prepare(**database, "SELECT DISTINCT entity FROM keys");
    if (!select) return tl::unexpected(select.error());
    for (;;) {
        const auto row = select->step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) return found;
        found.emplace_back(select->text(0));
    }
}

}  // namespace station::ledger
