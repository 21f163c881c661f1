#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <mutex>
#include <station/base/descriptor.hpp>
#include <station/ledger/store/sqlite_cache.hpp>
#include <station/ledger/wire/message_pack.hpp>
#include <station/log/layout.hpp>

namespace station::ledger {
namespace {

// The format of the rows: another one is thrown away.
constexpr const char* kTable =
    "CREATE TABLE fold_1 (entity BLOB NOT NULL, projection BLOB NOT NULL, schema_version INTEGER NOT NULL, "
    "fold BLOB NOT NULL, PRIMARY KEY (entity, projection, schema_version))";
constexpr const char* kSettings =
    "PRAGMA secure_delete = ON; PRAGMA journal_mode = MEMORY; PRAGMA temp_store = MEMORY; PRAGMA synchronous = OFF; "
    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON";
constexpr int kBusyMillis = 200;

struct CloseDatabase {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct FinishStatement {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinishStatement>;

bool is_damage(int status) {
    const int primary = status & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || primary == SQLITE_SCHEMA ||
           primary == SQLITE_FORMAT || primary == SQLITE_ERROR;
}

std::error_code error_of(int status) {
    switch (status & 0xff) {
        case SQLITE_OK:
        case SQLITE_DONE:
        case SQLITE_ROW: return {};
        case SQLITE_NOMEM: return std::make_error_code(std::errc::not_enough_memory);
        case SQLITE_FULL: return std::make_error_code(std::errc::no_space_on_device);
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return std::make_error_code(std::errc::device_or_resource_busy);
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_CANTOPEN: return std::make_error_code(std::errc::permission_denied);
        default: return std::make_error_code(std::errc::io_error);
    }
}

Statement prepare(sqlite3* database, const char* text, int& status) {
    sqlite3_stmt* statement = nullptr;
    status = sqlite3_prepare_v3(database, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    return Statement{statement};
}

// Ready to be run again, and holding nothing that was bound.
class Running {
  public:
    explicit Running(const Statement& statement) : statement_(statement.get()) {}
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }

    Running& bind(Bytes bytes) {
        // An empty blob has no address, and would be bound as NULL.
        const void* const data = bytes.empty() ? static_cast<const void*>("") : bytes.data();
        sqlite3_bind_blob64(statement_, ++bound_, data, bytes.size(), SQLITE_STATIC);
        return *this;
    }
    Running& bind(std::string_view text) { return bind(log::as_bytes(text)); }
    Running& bind(std::uint64_t number) {
        sqlite3_bind_int64(statement_, ++bound_, static_cast<sqlite3_int64>(number));
        return *this;
    }
    int run() { return sqlite3_step(statement_); }
    Bytes blob() const {
        const auto* const data = static_cast<const std::byte*>(sqlite3_column_blob(statement_, 0));
        return {data, data == nullptr ? 0 : static_cast<std::size_t>(sqlite3_column_bytes(statement_, 0))};
    }

  private:
    sqlite3_stmt* statement_;
    int bound_ = 0;
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

std::error_code system_failure() { return {errno, std::system_category()}; }

// What it holds is not left lying in blocks that nobody owns.
std::error_code overwrite_and_remove(const log::Path& file) {
    const base::Descriptor descriptor{::open(file.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (!descriptor) return errno == ENOENT ? std::error_code{} : system_failure();
    struct stat status {};
    if (::fstat(descriptor.get(), &status) != 0) return system_failure();
    static constexpr std::array<char, 65536> kZeros{};
    for (off_t at = 0; at < status.st_size;) {
        const auto part = std::min<off_t>(status.st_size - at, static_cast<off_t>(kZeros.size()));
        const auto written = ::pwrite(descriptor.get(), kZeros.data(), static_cast<std::size_t>(part), at);
        if (written <= 0) return system_failure();
        at += written;
    }
    if (::fsync(descriptor.get()) != 0 || ::unlink(file.c_str()) != 0) return system_failure();
    return {};
}

}  // namespace

struct SqliteCache::Impl {
    explicit Impl(log::Path path) : file(std::move(path)) {}

    const log::Path file;
    std::mutex mutex;
    Database database;
    Statement find;
    Statement write;
    Statement erase;

    void close() {
        find.reset();
        write.reset();
        erase.reset();
        database.reset();
    }
    int run(const char* text) { return sqlite3_exec(database.get(), text, nullptr, nullptr, nullptr); }

    // Nothing but our own table is in it: no trigger of somebody else's runs here.
    int look_at_schema(bool& is_new, bool& is_ours) {
        int status = SQLITE_OK;
        const Statement schema = prepare(database.get(), "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL", status);
        int entries = 0;
        while (schema && (status = sqlite3_step(schema.get())) == SQLITE_ROW) {
            const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(schema.get(), 0));
            is_ours = ++entries == 1 && text != nullptr && std::string_view{text} == kTable;
        }
        is_new = entries == 0;
        return status == SQLITE_DONE ? SQLITE_OK : status;
    }

    int open_once() {
        // It is nobody else's business, whatever the umask says. One that is there is left alone: closing it would
        // give back the locks of this process on it.
        const base::Descriptor made{::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
        if (!made && errno != EEXIST) return SQLITE_CANTOPEN;
        sqlite3* opened = nullptr;
        constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
        int status = sqlite3_open_v2(file.c_str(), &opened, kFlags, nullptr);
        database.reset(opened);
        if (status != SQLITE_OK) return status;
        sqlite3_extended_result_codes(opened, 1);
        sqlite3_busy_timeout(opened, kBusyMillis);
        bool is_new = false;
        bool is_ours = false;
        if (status = run(kSettings); status != SQLITE_OK) return status;
        if (status = look_at_schema(is_new, is_ours); status != SQLITE_OK) return status;
        if (is_new) {
            if (status = run(kTable); status != SQLITE_OK) return status;
        } else if (!is_ours) {
            return SQLITE_FORMAT;
        }
        constexpr const char* kFind =
            "SELECT fold FROM fold_1 WHERE entity = ? AND projection = ? AND schema_version = ?";
        find = prepare(opened, kFind, status);
        if (find) write = prepare(opened, "INSERT OR REPLACE INTO fold_1 VALUES (?, ?, ?, ?)", status);
        if (write) erase = prepare(opened, "DELETE FROM fold_1 WHERE entity = ?", status);
        return status;
    }

    int open() {
        if (database) return SQLITE_OK;
        int status = open_once();
        if (is_damage(status) && !throw_away()) status = open_once();
        if (status != SQLITE_OK) close();
        return status;
    }

    std::error_code throw_away() {
        close();
        return overwrite_and_remove(file);
    }

    // `ask` says how SQLite took it; where the file is damaged, it is made again, and `ask` is asked once more.
    template <typename Ask>
    int with_file(Ask ask) {
        const std::lock_guard lock{mutex};
        int status = open();
        if (status != SQLITE_OK) return status;
        status = ask();
        if (!is_damage(status) || throw_away()) return status;
        status = open();
        return status == SQLITE_OK ? ask() : status;
    }
};

SqliteCache::SqliteCache(log::Path file) : impl_(std::make_unique<Impl>(std::move(file))) {}
SqliteCache::~SqliteCache() = default;

log::Path SqliteCache::default_file(const StoreConfig& config) {
    return config.dir / log::kTopicsFolder / config.ledger / "projections.db";
}

std::optional<CachedFold> SqliteCache::get(const CacheKey& key) {
    std::optional<CachedFold> found;
    impl_->with_file([&] {
        Running find{impl_->find};
        const int status = find.bind(key.entity).bind(key.projection).bind(key.schema_version).run();
        if (status == SQLITE_ROW) found = fold_of(key, find.blob());
        return status;
    });
    return found;
}

void SqliteCache::put(const CacheKey& key, const CachedFold& fold, const std::function<bool()>& may_write) {
    const std::vector<std::byte> row = row_of(key, fold);
    impl_->with_file([&] {
        // From here to its end nobody else writes, in no other process either.
        int status = impl_->run("BEGIN IMMEDIATE");
        if (status != SQLITE_OK) return status;
        if (may_write()) {
            Running write{impl_->write};
            status = write.bind(key.entity).bind(key.projection).bind(key.schema_version).bind(Bytes{row}).run();
        }
        const bool done = status == SQLITE_OK || status == SQLITE_DONE;
        const int ended = impl_->run(done ? "COMMIT" : "ROLLBACK");
        if (ended != SQLITE_OK) impl_->close();
        return done ? ended : status;
    });
}

std::error_code SqliteCache::forget(std::string_view entity) {
    const int status = impl_->with_file([&] {
        int done = impl_->run("PRAGMA synchronous = FULL");
        if (done != SQLITE_OK) return done;
        {
            Running erase{impl_->erase};
            done = erase.bind(entity).run();
        }
        const int undone = impl_->run("PRAGMA synchronous = OFF");
        return done == SQLITE_DONE ? undone : done;
    });
    return error_of(status);
}

std::error_code SqliteCache::compact() {
    return error_of(impl_->with_file([&] { return impl_->run("VACUUM"); }));
}

}  // namespace station::ledger
