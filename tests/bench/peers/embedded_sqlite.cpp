#include <sqlite3.h>

#include <mutex>
#include <stdexcept>
#include <vector>

#include "embedded.hpp"

namespace station::peers {
namespace {

constexpr const char* kSchema = R"(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE events (global_sequence INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL,
    id BLOB NOT NULL DEFAULT (randomblob(16)), time INTEGER NOT NULL DEFAULT (unixepoch()), kind INTEGER NOT NULL,
    payload TEXT NOT NULL, UNIQUE (stream, version));
)";
constexpr const char* kInsert = "INSERT INTO events (stream, version, kind, payload) VALUES (?, ?, 4097, ?)";

// One connection, whose transactions come one after the other, as SQLite's always do: a lock of ours costs less than its
// waits for its own.
class SqliteTable final : public Embedded {
  public:
    SqliteTable(const std::string& folder, std::size_t streams, std::size_t size) : payload_(json_payload(size)) {
        for (std::size_t i = 0; i < streams; ++i) names_.push_back(stream_name(i));
        check(::sqlite3_open((folder + "/events.db").c_str(), &database_));
        check(::sqlite3_exec(database_, kSchema, nullptr, nullptr, nullptr));
        check(::sqlite3_prepare_v2(database_, kInsert, -1, &insert_, nullptr));
    }
    SqliteTable(const SqliteTable&) = delete;
    SqliteTable& operator=(const SqliteTable&) = delete;
    ~SqliteTable() override {
        ::sqlite3_finalize(insert_);
        ::sqlite3_close(database_);
    }

    void append(std::size_t stream, std::uint64_t version) override {
        const std::lock_guard lock{mutex_};
        const std::string& name = names_[stream];
        ::sqlite3_bind_text(insert_, 1, name.data(), static_cast<int>(name.size()), SQLITE_STATIC);
        ::sqlite3_bind_int64(insert_, 2, static_cast<sqlite3_int64>(version));
        ::sqlite3_bind_text(insert_, 3, payload_.data(), static_cast<int>(payload_.size()), SQLITE_STATIC);
        const int done = ::sqlite3_step(insert_);
        ::sqlite3_reset(insert_);
        if (done != SQLITE_DONE) check(done);
    }

    std::uint64_t stored() override {
        sqlite3_stmt* count = nullptr;
        check(::sqlite3_prepare_v2(database_, "SELECT count(*) FROM events", -1, &count, nullptr));
        ::sqlite3_step(count);
        const auto events = static_cast<std::uint64_t>(::sqlite3_column_int64(count, 0));
        ::sqlite3_finalize(count);
        return events;
    }

  private:
    void check(int code) const {
        if (code != SQLITE_OK) throw std::runtime_error{std::string{"sqlite: "} + ::sqlite3_errmsg(database_)};
    }

    const std::string payload_;
    std::vector<std::string> names_;
    std::mutex mutex_;
    sqlite3* database_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
};

}  // namespace

std::unique_ptr<Embedded> make_sqlite(const std::string& folder, std::size_t streams, std::size_t size) {
    return std::make_unique<SqliteTable>(folder, streams, size);
}

}  // namespace station::peers
