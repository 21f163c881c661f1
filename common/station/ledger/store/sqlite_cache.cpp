#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <station/base/descriptor.hpp>
#include <station/ledger/store/sqlite_cache.hpp>
#include <station/ledger/wire/message_pack.hpp>
#include <station/log/layout.hpp>
#include <station/sqlite/sqlite.hpp>

namespace station::ledger {
namespace {

// The format of the rows: another one is thrown away.
constexpr std::string_view kTable =
    "CREATE TABLE fold_1 (entity TEXT NOT NULL, projection TEXT NOT NULL, schema_version INTEGER NOT NULL, "
    "fold BLOB NOT NULL, PRIMARY KEY (entity, projection, schema_version))";
constexpr const char* kSettings =
    "PRAGMA secure_delete = ON; PRAGMA journal_mode = MEMORY; PRAGMA temp_store = MEMORY; PRAGMA synchronous = OFF; "
    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON";
constexpr int kBusyMillis = 200;

// What SQLite has no name for is no table as we made it. And it writes to no file whose header says that it is of a
// later version than it knows; where we may really not write, we can't throw it away either.
bool is_damage(std::error_code error) {
    return error == sqlite::Errc::damaged || error == std::errc::io_error || error == std::errc::permission_denied;
}

// A statement that is ready to be run again afterwards, and holds nothing that was bound.
class Running {
  public:
    explicit Running(sqlite::Statement& statement) : statement_(statement) {}
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { statement_.reset(); }
    sqlite::Statement* operator->() { return &statement_; }

  private:
    sqlite::Statement& statement_;
};

// A row ends with a hash of its key and of what stands before it.
Hash check_of(const CacheKey& key, Bytes body) {
    std::vector<std::byte> names;
    PackWriter writer{names};
    writer.string(key.entity);
    writer.string(key.projection);
    writer.unsigned_integer(key.schema_version);
    return Hasher{}.update(names).update(body).finish();
}

std::vector<std::byte> row_of(const CacheKey& key, const CachedFold& fold) {
    std::vector<std::byte> row;
    row.reserve(fold.state.size() + 2 * Hash::kSize + 32);
    PackWriter writer{row};
    writer.unsigned_integer(fold.global_sequence);
    writer.binary(fold.event_hash.bytes);
    writer.integer(fold.made_at);
    writer.binary(fold.state);
    const Hash check = check_of(key, row);
    row.insert(row.end(), check.bytes.begin(), check.bytes.end());
    return row;
}

std::optional<CachedFold> fold_of(const CacheKey& key, Bytes row) {
    if (row.size() < Hash::kSize) return std::nullopt;
    const Bytes body = row.first(row.size() - Hash::kSize);
    if (check_of(key, body) != Hash::from_bytes(row.last(Hash::kSize))) return std::nullopt;
    PackReader reader{body};
    CachedFold fold;
    fold.global_sequence = reader.unsigned_integer();
    const Bytes event_hash = reader.binary();
    if (event_hash.size() != Hash::kSize) return std::nullopt;
    fold.event_hash = Hash::from_bytes(event_hash);
    fold.made_at = reader.integer();
    const Bytes state = reader.binary();
    fold.state.assign(state.begin(), state.end());
    if (!reader.ok() || !reader.at_end()) return std::nullopt;
    return fold;
}

// What it holds is not left lying in blocks that nobody owns.
std::error_code overwrite_and_remove(const log::Path& file) {
    const base::Descriptor descriptor{::open(file.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (!descriptor) return errno == ENOENT ? std::error_code{} : log::system_error(errno);
    struct stat status {};
    if (::fstat(descriptor.get(), &status) != 0) return log::system_error(errno);
    static constexpr std::array<char, 65536> kZeros{};
    for (off_t at = 0; at < status.st_size;) {
        const auto part = std::min<off_t>(status.st_size - at, static_cast<off_t>(kZeros.size()));
        const auto written = ::pwrite(descriptor.get(), kZeros.data(), static_cast<std::size_t>(part), at);
        if (written <= 0) return log::system_error(errno);
        at += written;
    }
    if (::fsync(descriptor.get()) != 0 || ::unlink(file.c_str()) != 0) return log::system_error(errno);
    return {};
}

}  // namespace

struct SqliteCache::Impl {
    explicit Impl(log::Path path) : file(std::move(path)) {}

    struct Opened {
        sqlite::Database database;
        sqlite::Statement find;
        sqlite::Statement write;
        sqlite::Statement erase;
    };

    const log::Path file;
    std::mutex mutex;
    std::optional<Opened> opened;

    // Nothing but our own table is in it: no trigger of somebody else's runs here.
    static std::error_code make_table(sqlite::Database& database) {
        auto schema = sqlite::Statement::prepare(database, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL");
        if (!schema) return schema.error();
        int entries = 0;
        for (;;) {
            const auto entry = schema->step();
            if (!entry) return entry.error();
            if (!*entry) break;
            if (++entries > 1 || schema->text(0) != kTable) return sqlite::Errc::damaged;
        }
        return entries == 0 ? database.run(kTable.data()) : std::error_code{};
    }

    tl::expected<Opened, std::error_code> open_once() const {
        auto database = sqlite::Database::open(file, sqlite::Database::Mode::write);
        if (!database) return tl::unexpected(database.error());
        sqlite3_busy_timeout(database->handle(), kBusyMillis);
        if (const auto error = database->run(kSettings)) return tl::unexpected(error);
        if (const auto error = make_table(*database)) return tl::unexpected(error);
        constexpr const char* kFind =
            "SELECT fold FROM fold_1 WHERE entity = ? AND projection = ? AND schema_version = ?";
        auto find = sqlite::Statement::prepare(*database, kFind);
        if (!find) return tl::unexpected(find.error());
        auto write = sqlite::Statement::prepare(*database, "INSERT OR REPLACE INTO fold_1 VALUES (?, ?, ?, ?)");
        if (!write) return tl::unexpected(write.error());
        auto erase = sqlite::Statement::prepare(*database, "DELETE FROM fold_1 WHERE entity = ?");
        if (!erase) return tl::unexpected(erase.error());
        return Opened{std::move(*database), std::move(*find), std::move(*write), std::move(*erase)};
    }

    std::error_code open() {
        if (opened) return {};
        auto fresh = open_once();
        if (!fresh && is_damage(fresh.error()) && !throw_away()) fresh = open_once();
        if (!fresh) return fresh.error();
        opened.emplace(std::move(*fresh));
        return {};
    }

    std::error_code throw_away() {
        opened.reset();
        return overwrite_and_remove(file);
    }

    // `ask` says how SQLite took it; where the file is damaged, it is made again, and `ask` is asked once more.
    template <typename Ask>
    std::error_code with_file(Ask ask) {
        const std::lock_guard lock{mutex};
        if (const auto error = open()) return error;
        const std::error_code error = ask(*opened);
        if (!is_damage(error) || throw_away()) return error;
        if (const auto again = open()) return again;
        return ask(*opened);
    }
};

SqliteCache::SqliteCache(log::Path file) : impl_(std::make_unique<Impl>(std::move(file))) {}
SqliteCache::~SqliteCache() = default;

log::Path SqliteCache::default_file(const StoreConfig& config) {
    return config.dir / log::kTopicsFolder / config.ledger / "projections.db";
}

std::optional<CachedFold> SqliteCache::get(const CacheKey& key) {
    std::optional<CachedFold> found;
    impl_->with_file([&](Impl::Opened& opened) -> std::error_code {
        Running find{opened.find};
        find->bind(1, key.entity).bind(2, key.projection).bind(3, static_cast<std::int64_t>(key.schema_version));
        const auto any = find->step();
        if (!any) return any.error();
        if (*any) found = fold_of(key, find->bytes(0));
        return {};
    });
    return found;
}

void SqliteCache::put(const CacheKey& key, const CachedFold& fold, const std::function<bool()>& may_write) {
    const std::vector<std::byte> row = row_of(key, fold);
    const auto write_row = [&](Impl::Opened& opened) -> std::error_code {
        Running write{opened.write};
        write->bind(1, key.entity).bind(2, key.projection).bind(3, static_cast<std::int64_t>(key.schema_version));
        const auto written = write->bind(4, Bytes{row}).step();
        return written ? std::error_code{} : written.error();
    };
    impl_->with_file([&](Impl::Opened& opened) -> std::error_code {
        // From here to its end nobody else writes, in no other process either.
        if (const auto error = opened.database.run("BEGIN IMMEDIATE")) return error;
        std::error_code error = may_write() ? write_row(opened) : std::error_code{};
        if (!error) error = opened.database.run("COMMIT");
        if (error) opened.database.run("ROLLBACK");
        return error;
    });
}

std::error_code SqliteCache::forget(std::string_view entity) {
    if (std::error_code unknown; !std::filesystem::exists(impl_->file, unknown) && !unknown) return {};
    return impl_->with_file([&](Impl::Opened& opened) -> std::error_code {
        if (const auto error = opened.database.run("PRAGMA synchronous = FULL")) return error;
        {
            Running erase{opened.erase};
            if (const auto done = erase->bind(1, entity).step(); !done) return done.error();
        }
        return opened.database.run("PRAGMA synchronous = OFF");
    });
}

std::error_code SqliteCache::compact() {
    if (std::error_code unknown; !std::filesystem::exists(impl_->file, unknown) && !unknown) return {};
    return impl_->with_file([](Impl::Opened& opened) { return opened.database.run("VACUUM"); });
}

}  // namespace station::ledger
