// As much of SQLite (https://sqlite.org/c3ref/intro.html) as a ledger and a chat need, closed when it is left. Errors
// are values: a full disk, no memory and no room keep the names they have elsewhere, and what is no database is
// Errc::damaged.
//
// One thread at a time.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <station/log/bytes.hpp>
#include <station/log/file.hpp>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>

namespace station::sqlite {

using log::Bytes;

enum class Errc { damaged = 1 };
std::error_code make_error_code(Errc code);

std::error_code error_of(int result);

class Database {
  public:
    enum class Mode { read, write };
    // write: made where there is none, for its owner's eyes only (0600). read: nothing is changed, but what a process
    // that was killed has left half-done is taken back, as far as the file may be written.
    static tl::expected<Database, std::error_code> open(const log::Path& path, Mode mode);

    std::error_code run(const char* sql);  // statements that give no rows anybody looks at
    std::int64_t changes() const { return sqlite3_changes64(handle_.get()); }
    sqlite3* handle() const { return handle_.get(); }

  private:
    struct Close {
        void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
    };
    explicit Database(sqlite3* handle) : handle_(handle) {}
    std::unique_ptr<sqlite3, Close> handle_;
};

// Prepared once, run many times: bind, step, reset. Its database outlives it.
class Statement {
  public:
    static tl::expected<Statement, std::error_code> prepare(const Database& database, std::string_view sql);

    // From 1 on; what is not bound is NULL. What is bound must live until reset().
    Statement& bind(int place, std::int64_t value);
    Statement& bind(int place, std::string_view text);
    Statement& bind(int place, Bytes bytes);

    // True: there is a row. False: it is done.
    tl::expected<bool, std::error_code> step();
    void reset();

    // Of the row, from 0 on; valid until the next step.
    bool is_null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }
    std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
    std::string_view text(int column) const;
    Bytes bytes(int column) const;

  private:
    struct Finish {
        void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
    };
    explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
    std::unique_ptr<sqlite3_stmt, Finish> handle_;
    int bound_ = SQLITE_OK;  // the first that went wrong
};

}  // namespace station::sqlite

template <>
struct std::is_error_code_enum<station::sqlite::Errc> : std::true_type {};
