#include "tables.hpp"

#include <array>
#include <filesystem>
#include <fstream>

#include "running.hpp"
#include "search.hpp"

namespace station::chat {
namespace {

// The format of the tables and of what is indexed: others are thrown away.
constexpr std::int64_t kVersion = 1;

// synchronous = OFF: see trust.hpp.
constexpr const char* kWriterSettings =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
    "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768; PRAGMA journal_size_limit = 67108864";
constexpr const char* kSchema =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE about(one INTEGER PRIMARY KEY CHECK(one = 1), position INTEGER NOT NULL,"
    " last_sequence INTEGER NOT NULL, origin BLOB, last_event BLOB);"
    "CREATE TABLE users(number INTEGER PRIMARY KEY, id BLOB NOT NULL CHECK(length(id) = 16), name TEXT NOT NULL);"
    "CREATE TABLE rooms(number INTEGER PRIMARY KEY, id BLOB NOT NULL CHECK(length(id) = 16), gone INTEGER NOT NULL);"
    "CREATE TABLE messages(place INTEGER PRIMARY KEY, id BLOB NOT NULL CHECK(length(id) = 16),"
    " creator INTEGER NOT NULL, client_message_id TEXT NOT NULL, content TEXT NOT NULL, created_at INTEGER NOT NULL,"
    " edited_at INTEGER, changed INTEGER, deleted INTEGER NOT NULL, mentions BLOB, edit BLOB);"
    "CREATE INDEX messages_changed ON messages(changed) WHERE changed IS NOT NULL;"
    "CREATE TABLE boosts(place INTEGER NOT NULL, user INTEGER NOT NULL, content TEXT NOT NULL,"
    " sequence INTEGER NOT NULL, PRIMARY KEY(place, user, content)) WITHOUT ROWID;"
    "CREATE TABLE fresh(place INTEGER PRIMARY KEY);"
    "CREATE VIRTUAL TABLE search USING fts5(content, content='', columnsize=0,"
    " tokenize='unicode61 remove_diacritics 2');"
    "INSERT INTO search(search, rank) VALUES('hashsize', 16777216);"
    "INSERT INTO about VALUES(1, 0, 0, NULL, NULL);"
    "PRAGMA user_version = 1;"
    "COMMIT";

constexpr const char* kMergeAsTheyCome =
    "BEGIN IMMEDIATE;"
    "INSERT INTO search(search, rank) VALUES('automerge', 8);"
    "INSERT INTO search(search, rank) VALUES('crisismerge', 16);"
    "COMMIT";

struct Sql {
    enum Which : std::size_t {
        kAbout,
        kWriteAbout,
        kRow,
        kBoosts,
        kUser,
        kRoom,
        kInsert,
        kUpdate,
        kClearBoosts,
        kBoost,
        kIndex,
        kUnindex,
        kGone,
        kGoneRows,
        kGoneRow,
        kGoneBoosts,
        kForgetRoom,
        kIsFresh,
        kCountFresh,
        kAddFresh,
        kFresh,
        kNoFresh,
        kNotFresh,
        kCount,
    };
};
constexpr std::array<std::string_view, Sql::kCount> kTableTexts{
    "SELECT position, last_sequence, origin, last_event FROM about",
    "UPDATE about SET position = ?1, last_sequence = ?2, origin = ?3, last_event = ?4",
    "SELECT place, id, creator, client_message_id, content, created_at, edited_at, changed, deleted, mentions, edit "
    "FROM messages WHERE place = ?1",
    "SELECT user, content, sequence FROM boosts WHERE place = ?1 ORDER BY sequence",
    "INSERT OR REPLACE INTO users VALUES(?1, ?2, ?3)",
    "INSERT OR REPLACE INTO rooms VALUES(?1, ?2, ?3)",
    "INSERT INTO messages VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    "UPDATE messages SET id = ?2, creator = ?3, client_message_id = ?4, content = ?5, created_at = ?6, edited_at = ?7,"
    " changed = ?8, deleted = ?9, mentions = ?10, edit = ?11 WHERE place = ?1",
    "DELETE FROM boosts WHERE place = ?1",
    "INSERT INTO boosts VALUES(?1, ?2, ?3, ?4)",
    "INSERT INTO search(rowid, content) VALUES(?1, ?2)",
    "INSERT INTO search(search, rowid, content) VALUES('delete', ?1, ?2)",
    "SELECT number FROM rooms WHERE gone LIMIT 1",
    "SELECT place, content FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT 500",
    "DELETE FROM messages WHERE place = ?1",
    "DELETE FROM boosts WHERE place BETWEEN ?1 AND ?2",
    "DELETE FROM rooms WHERE number = ?1",
    "SELECT 1 FROM fresh WHERE place = ?1",
    "SELECT count(*) FROM fresh",
    "INSERT INTO fresh VALUES(?1)",
    "SELECT m.place, m.content FROM fresh f CROSS JOIN messages m ON m.place = f.place ORDER BY f.place",
    "DELETE FROM fresh",
    "DELETE FROM fresh WHERE place = ?1",
};

using sqlite::Statement;

tl::expected<std::int64_t, std::error_code> version_of(const sqlite::Database& database) {
    auto ask = Statement::prepare(database, "PRAGMA user_version");
    if (!ask) return tl::unexpected(ask.error());
    const auto row = ask->step();
    if (!row) return tl::unexpected(row.error());
    return ask->integer(0);
}

tl::expected<bool, std::error_code> is_empty(const sqlite::Database& database) {
    auto ask = Statement::prepare(database, "SELECT count(*) FROM sqlite_schema");
    if (!ask) return tl::unexpected(ask.error());
    const auto row = ask->step();
    if (!row) return tl::unexpected(row.error());
    return ask->integer(0) == 0;
}

// Of a file that was cut off SQLite tells only when it comes by what is missing, and not always. Its header says how
// many pages it has; beside a log of writes it may be behind. And where it says that a later version than ours may
// write to it, SQLite reads it, and refuses each write as if it were not allowed.
bool is_whole(const log::Path& file) {
    std::error_code error;
    const std::uint64_t size = std::filesystem::file_size(file, error);
    if (error || size == 0) return true;
    std::array<unsigned char, 32> header{};
    std::ifstream{file, std::ios::binary}.read(reinterpret_cast<char*>(header.data()), header.size());
    constexpr unsigned char kLatestVersion = 2;
    if (header[18] > kLatestVersion || header[19] > kLatestVersion) return false;
    if (std::filesystem::file_size(log::Path{file} += "-wal", error) > 0 && !error) return true;
    const auto number = [&](std::size_t at, std::size_t bytes) {
        std::uint64_t value = 0;
        for (std::size_t i = at; i < at + bytes; ++i) value = value << 8 | header[i];
        return value;
    };
    const std::uint64_t page = number(16, 2);
    const std::uint64_t pages = number(28, 4);
    return size >= pages * (page == 1 ? 65536 : page);
}

}  // namespace

tl::expected<Tables, std::error_code> Tables::open(const log::Path& file) {
    if (!is_whole(file)) return tl::unexpected(make_error_code(sqlite::Errc::damaged));
    auto database = sqlite::Database::open(file, sqlite::Database::Mode::write);
    if (!database) return tl::unexpected(database.error());
    Tables tables{std::move(*database)};
    if (const auto error = tables.database_.run(kWriterSettings)) return tl::unexpected(error);
    if (const auto error = tables.make()) return tl::unexpected(error);
    // A bulk that did not come to its end left it otherwise.
    if (const auto error = tables.database_.run(kMergeAsTheyCome)) return tl::unexpected(error);
    if (const auto error = tables.prepare()) return tl::unexpected(error);
    return tables;
}

std::error_code Tables::make() {
    const auto empty = is_empty(database_);
    if (!empty) return empty.error();
    if (*empty) return database_.run(kSchema);
    const auto version = version_of(database_);
    if (!version) return version.error();
    return *version == kVersion ? std::error_code{} : sqlite::Errc::damaged;
}

std::error_code Tables::prepare() {
    for (const std::string_view text : kTableTexts) {
        auto statement = Statement::prepare(database_, text);
        if (!statement) return statement.error();
        statements_.push_back(std::move(*statement));
    }
    return {};
}

std::error_code Tables::remove(const log::Path& file) {
    for (const char* const suffix : {"-wal", "-shm", "-journal", ""}) {
        std::error_code error;
        std::filesystem::remove(log::Path{file} += suffix, error);
        if (error) return error;
    }
    return {};
}

std::error_code Tables::begin_bulk() {
    return database_.run(
        "INSERT INTO search(search, rank) VALUES('automerge', 0);"
        "INSERT INTO search(search, rank) VALUES('crisismerge', 1999)");
}

std::error_code Tables::end_bulk() {
    if (const auto error = database_.run("INSERT INTO search(search) VALUES('optimize')")) return error;
    return database_.run(kMergeAsTheyCome);
}

tl::expected<Tables::About, std::error_code> Tables::about() {
    Running ask{statements_[Sql::kAbout]};
    const auto row = ask->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return tl::unexpected(make_error_code(sqlite::Errc::damaged));
    About about;
    about.position = static_cast<std::uint64_t>(ask->integer(0));
    about.last_sequence = static_cast<std::uint64_t>(ask->integer(1));
    if (!ask->is_null(2)) about.origin = id_in(ask->bytes(2));
    if (!ask->is_null(3)) about.last_event = id_in(ask->bytes(3));
    return about;
}

std::error_code Tables::write_about(const About& about) {
    Running write{statements_[Sql::kWriteAbout]};
    write->bind(1, static_cast<std::int64_t>(about.position)).bind(2, static_cast<std::int64_t>(about.last_sequence));
    if (about.origin) write->bind(3, log::Bytes{about.origin->bytes()});
    if (about.last_event) write->bind(4, log::Bytes{about.last_event->bytes()});
    return write.finish();
}

tl::expected<bool, std::error_code> Tables::read_names(Names& names) {
    auto users = Statement::prepare(database_, "SELECT number, id, name FROM users");
    if (!users) return tl::unexpected(users.error());
    for (;;) {
        const auto row = users->step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) break;
        names.set_user(users->integer(0), id_in(users->bytes(1)), users->text(2));
    }
    auto rooms = Statement::prepare(database_, "SELECT number, id, gone FROM rooms ORDER BY number");
    if (!rooms) return tl::unexpected(rooms.error());
    bool any_gone = false;
    for (;;) {
        const auto row = rooms->step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) return any_gone;
        const Id id = id_in(rooms->bytes(1));
        names.set_room(static_cast<RoomNumber>(rooms->integer(0)), id);
        if (rooms->integer(2) == 0) continue;
        names.remove_room(id);
        any_gone = true;
    }
}

tl::expected<std::optional<Row>, std::error_code> Tables::row(Place place) {
    Running ask{statements_[Sql::kRow]};
    const auto found = ask->bind(1, place).step();
    if (!found) return tl::unexpected(found.error());
    if (!*found) return std::optional<Row>{};
    Row row = read_row(*ask);
    Running boosts{statements_[Sql::kBoosts]};
    boosts->bind(1, place);
    for (;;) {
        const auto boost = boosts->step();
        if (!boost) return tl::unexpected(boost.error());
        if (!*boost) return std::optional{std::move(row)};
        row.boosts.push_back(
            {boosts->integer(0), std::string{boosts->text(1)}, static_cast<std::uint64_t>(boosts->integer(2))});
    }
}

std::error_code Tables::write_user(UserNumber number, const Id& id, std::string_view name) {
    Running write{statements_[Sql::kUser]};
    write->bind(1, number).bind(2, log::Bytes{id.bytes()}).bind(3, name);
    return write.finish();
}

std::error_code Tables::write_room(RoomNumber number, const Id& id, bool gone) {
    Running write{statements_[Sql::kRoom]};
    write->bind(1, std::int64_t{number}).bind(2, log::Bytes{id.bytes()}).bind(3, std::int64_t{gone});
    return write.finish();
}

std::error_code Tables::bind_row(Statement& statement, const Row& row) {
    statement.bind(1, row.place).bind(2, log::Bytes{row.id.bytes()}).bind(3, row.creator);
    statement.bind(4, row.client_message_id).bind(5, row.content).bind(6, row.created_at);
    if (row.edited_at) statement.bind(7, *row.edited_at);
    if (row.changed) statement.bind(8, place_of(room_of(row.place), *row.changed));
    statement.bind(9, std::int64_t{row.deleted});
    if (!row.mentions.empty()) statement.bind(10, log::Bytes{mentions_ = joined(row.mentions)});
    if (row.edit) statement.bind(11, log::Bytes{row.edit->bytes()});
    const auto done = statement.step();
    return done ? std::error_code{} : done.error();
}

std::error_code Tables::insert(const Row& row) {
    Running write{statements_[Sql::kInsert]};
    return bind_row(*write, row);
}

std::error_code Tables::update(const Row& row) {
    Running write{statements_[Sql::kUpdate]};
    return bind_row(*write, row);
}

std::error_code Tables::write_boosts(const Row& row) {
    {
        Running clear{statements_[Sql::kClearBoosts]};
        clear->bind(1, row.place);
        if (const auto error = clear.finish()) return error;
    }
    for (const BoostRow& boost : row.boosts) {
        Running write{statements_[Sql::kBoost]};
        write->bind(1, row.place).bind(2, boost.user).bind(3, boost.content);
        write->bind(4, static_cast<std::int64_t>(boost.sequence));
        if (const auto error = write.finish()) return error;
    }
    return {};
}

std::error_code Tables::index(Place place, std::string_view content) {
    Running write{statements_[Sql::kIndex]};
    write->bind(1, place).bind(2, std::string_view{indexed_ = indexed_text(content)});
    return write.finish();
}

std::error_code Tables::unindex(Place place, std::string_view content) {
    Running write{statements_[Sql::kUnindex]};
    write->bind(1, place).bind(2, std::string_view{indexed_ = indexed_text(content)});
    return write.finish();
}

tl::expected<bool, std::error_code> Tables::sweep() {
    std::optional<RoomNumber> room;
    {
        Running ask{statements_[Sql::kGone]};
        const auto row = ask->step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) return false;
        room = static_cast<RoomNumber>(ask->integer(0));
    }
    bool any = false;
    if (const auto error = sweep_room(*room, any)) return tl::unexpected(error);
    if (any) return true;
    Running forget{statements_[Sql::kForgetRoom]};
    forget->bind(1, std::int64_t{*room});
    if (const auto error = forget.finish()) return tl::unexpected(error);
    return true;
}

std::error_code Tables::sweep_room(RoomNumber room, bool& any) {
    std::vector<std::pair<Place, std::string>> rows;
    {
        Running ask{statements_[Sql::kGoneRows]};
        ask->bind(1, place_of(room, 0)).bind(2, place_of(room, kMaxSequence));
        const auto error = ask.each([&] {
            rows.emplace_back(ask->integer(0), ask->text(1));
            return true;
        });
        if (error) return error;
    }
    any = !rows.empty();
    for (const auto& [place, content] : rows) {
        if (const auto error = sweep_row(place, content)) return error;
    }
    if (!any) return {};
    Running boosts{statements_[Sql::kGoneBoosts]};
    boosts->bind(1, rows.front().first).bind(2, rows.back().first);
    return boosts.finish();
}

std::error_code Tables::sweep_row(Place place, std::string_view content) {
    const auto fresh = is_fresh(place);
    if (!fresh) return fresh.error();
    if (*fresh) {
        if (const auto error = remove_fresh(place)) return error;
    } else if (!content.empty()) {  // otherwise it is a mark
        if (const auto error = unindex(place, content)) return error;
    }
    Running remove{statements_[Sql::kGoneRow]};
    remove->bind(1, place);
    return remove.finish();
}

tl::expected<bool, std::error_code> Tables::is_fresh(Place place) {
    Running ask{statements_[Sql::kIsFresh]};
    return ask->bind(1, place).step();
}

tl::expected<std::size_t, std::error_code> Tables::count_fresh() {
    Running ask{statements_[Sql::kCountFresh]};
    const auto row = ask->step();
    if (!row) return tl::unexpected(row.error());
    return static_cast<std::size_t>(ask->integer(0));
}

std::error_code Tables::add_fresh(Place place) {
    Running write{statements_[Sql::kAddFresh]};
    write->bind(1, place);
    return write.finish();
}

std::error_code Tables::remove_fresh(Place place) {
    Running remove{statements_[Sql::kNotFresh]};
    remove->bind(1, place);
    return remove.finish();
}

std::error_code Tables::index_fresh() {
    {
        Running ask{statements_[Sql::kFresh]};
        std::error_code failed;
        const auto error = ask.each([&] {
            if (const std::string_view content = ask->text(1); !content.empty())
                failed = index(ask->integer(0), content);
            return !failed;
        });
        if (error || failed) return error ? error : failed;
    }
    Running clear{statements_[Sql::kNoFresh]};
    return clear.finish();
}

std::error_code Tables::sync(const log::Path& file) {
    log::Disk& disk = log::posix_disk();
    const auto wal = disk.exists(log::Path{file} += "-wal");
    if (!wal) return wal.error();
    // Somebody else has it open, and not all is in the one file.
    if (*wal) return std::make_error_code(std::errc::device_or_resource_busy);
    const auto opened = disk.open(file, log::Open::write);
    if (!opened) return opened.error();
    if (const auto error = (*opened)->sync()) return error;
    return disk.sync_folder(file.parent_path());
}

}  // namespace station::chat
