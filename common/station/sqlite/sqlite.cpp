#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <station/base/descriptor.hpp>
#include <station/log/error.hpp>
#include <station/sqlite/sqlite.hpp>

namespace station::sqlite {

namespace {

class Category : public std::error_category {
  public:
    const char* name() const noexcept override { return "station.sqlite"; }
    std::string message(int) const override { return "this file is no database, or a damaged one"; }
};

}  // namespace

std::error_code make_error_code(Errc code) {
    static const Category category;
    return {static_cast<int>(code), category};
}

std::error_code error_of(int result) {
    switch (result & 0xFF) {
        case SQLITE_OK:
        case SQLITE_ROW:
        case SQLITE_DONE: return {};
        case SQLITE_FULL: return log::Errc::disk_full;
        case SQLITE_NOMEM: return std::make_error_code(std::errc::not_enough_memory);
        case SQLITE_CANTOPEN: return std::make_error_code(std::errc::no_such_file_or_directory);
        case SQLITE_PERM:
        case SQLITE_READONLY: return std::make_error_code(std::errc::permission_denied);
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return std::make_error_code(std::errc::device_or_resource_busy);
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        // What is not in it, and should be, too.
        case SQLITE_ERROR:
        case SQLITE_SCHEMA:
        case SQLITE_CONSTRAINT:
        case SQLITE_MISMATCH: return Errc::damaged;
        default: return std::make_error_code(std::errc::io_error);
    }
}

tl::expected<Database, std::error_code> Database::open(const log::Path& path, Mode mode) {
    if (mode == Mode::write) {
        // SQLite would make it for everybody's eyes; its journal gets the mode of the file. One that is there is left
        // alone: to close it would give back the locks that this process may have on it.
        const base::Descriptor made{::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)};
        if (made.get() < 0 && errno != EEXIST) return tl::unexpected(log::system_error(errno));
    }
    sqlite3* handle = nullptr;
    // Opened for reading alone it could not take back what a killed process has left half-done, and would give nothing.
    const int result = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    Database database{handle};
    if (result != SQLITE_OK) return tl::unexpected(error_of(result));
    sqlite3_busy_timeout(handle, 5000);
    if (mode == Mode::read) {
        if (const auto failed = database.run("PRAGMA query_only=ON")) return tl::unexpected(failed);
    }
    return database;
}

std::error_code Database::run(const char* sql) {
    return error_of(sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr));
}

tl::expected<Statement, std::error_code> Statement::prepare(const Database& database, std::string_view sql) {
    sqlite3_stmt* handle = nullptr;
    const int result = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
    if (result != SQLITE_OK) return tl::unexpected(error_of(result));
    return Statement{handle};
}

Statement& Statement::bind(int place, std::int64_t value) {
    const int result = sqlite3_bind_int64(handle_.get(), place, value);
    if (bound_ == SQLITE_OK) bound_ = result;
    return *this;
}

Statement& Statement::bind(int place, std::string_view text) {
    const int result = sqlite3_bind_text64(handle_.get(), place, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    if (bound_ == SQLITE_OK) bound_ = result;
    return *this;
}

Statement& Statement::bind(int place, Bytes bytes) {
    // Of no bytes SQLite would make NULL.
    static constexpr std::byte kNone{};
    const void* const data = bytes.empty() ? &kNone : bytes.data();
    const int result = sqlite3_bind_blob64(handle_.get(), place, data, bytes.size(), SQLITE_STATIC);
    if (bound_ == SQLITE_OK) bound_ = result;
    return *this;
}

tl::expected<bool, std::error_code> Statement::step() {
    if (bound_ != SQLITE_OK) return tl::unexpected(error_of(bound_));
    const int result = sqlite3_step(handle_.get());
    if (result == SQLITE_ROW) return true;
    if (result == SQLITE_DONE) return false;
    return tl::unexpected(error_of(result));
}

void Statement::reset() {
    sqlite3_reset(handle_.get());
    sqlite3_clear_bindings(handle_.get());
    bound_ = SQLITE_OK;
}

std::string_view Statement::text(int column) const {
    const auto* const data = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
    return {data == nullptr ? "" : data, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

Bytes Statement::bytes(int column) const {
    const auto* const data = static_cast<const std::byte*>(sqlite3_column_blob(handle_.get(), column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

}  // namespace station::sqlite
