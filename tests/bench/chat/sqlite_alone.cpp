// The yardstick of docs/benchmarks.md, "The chat": what somebody would write messages into who wants them durable and
// to be found, with SQLite and nothing else. One thread, so that no lock is waited for; one transaction a message, that
// is on disk when it returns (WAL, synchronous=FULL); a key that keeps doubles out, and an index of words (FTS5).
//
//     chat_sqlite_alone --folder D [--seconds S] [--payload N]
//
// Prints one line of JSON.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <loadgen/hammer/talk/script.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <station/app/command_line.hpp>
#include <station/base/standard_streams.hpp>
#include <station/sqlite/sqlite.hpp>
#include <string>
#include <vector>

using namespace station;
using Clock = std::chrono::steady_clock;

namespace {

constexpr const char* kSettings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768";
constexpr const char* kSchema =
    "CREATE TABLE messages(sequence INTEGER PRIMARY KEY, id BLOB NOT NULL, room INTEGER NOT NULL,"
    " creator INTEGER NOT NULL, client_message_id TEXT NOT NULL, content TEXT NOT NULL, created_at INTEGER NOT NULL,"
    " UNIQUE(room, client_message_id));"
    "CREATE INDEX by_room ON messages(room, sequence);"
    "CREATE VIRTUAL TABLE search USING fts5(content, content='messages', content_rowid='sequence')";
constexpr const char* kInsert =
    "INSERT INTO messages(id, room, creator, client_message_id, content, created_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6)";
constexpr const char* kIndex = "INSERT INTO search(rowid, content) VALUES(last_insert_rowid(), ?1)";

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "chat_sqlite_alone: %s\n", why.c_str());
    std::exit(EXIT_FAILURE);  // NOLINT(concurrency-mt-unsafe): one thread
}

template <typename T>
T or_give_up(tl::expected<T, std::error_code> result) {
    if (!result) give_up(result.error().message());
    return std::move(*result);
}

void run(const sqlite::Database& database, const char* sql) {
    sqlite3_stmt* statement = nullptr;
    for (const char* rest = sql; *rest != '\0';) {
        if (::sqlite3_prepare_v2(database.handle(), rest, -1, &statement, &rest) != SQLITE_OK) {
            give_up(::sqlite3_errmsg(database.handle()));
        }
        while (::sqlite3_step(statement) == SQLITE_ROW) {
        }
        if (::sqlite3_finalize(statement) != SQLITE_OK) give_up(::sqlite3_errmsg(database.handle()));
    }
}

class Table {
  public:
    explicit Table(const std::string& folder)
        : database_(or_give_up(sqlite::Database::open(folder + "/alone.db", sqlite::Database::Mode::write))) {
        run(database_, kSettings);
        run(database_, kSchema);
        for (const char* const sql : {"BEGIN IMMEDIATE", "COMMIT"}) steps_.push_back(prepare(sql));
        insert_.push_back(prepare(kInsert));
        insert_.push_back(prepare(kIndex));
    }

    void add(const std::string& client_message_id, const std::string& content, std::uint64_t random) {
        constexpr std::int64_t kRooms = 10;
        constexpr std::int64_t kPeople = 16;
        const auto now = std::chrono::system_clock::now().time_since_epoch().count();
        const std::uint64_t id[2] = {random, random ^ 0x9e3779b97f4a7c15U};
        do_step(steps_[0]);
        insert_[0]
            .bind(1, log::Bytes{std::as_bytes(std::span{id})})
            .bind(2, static_cast<std::int64_t>(random % kRooms));
        insert_[0].bind(3, static_cast<std::int64_t>(random % kPeople)).bind(4, client_message_id);
        do_step(insert_[0].bind(5, content).bind(6, static_cast<std::int64_t>(now)));
        do_step(insert_[1].bind(1, content));
        do_step(steps_[1]);
    }

    std::uint64_t count() {
        sqlite::Statement statement = prepare("SELECT count(*) FROM messages");
        (void)or_give_up(statement.step());
        return static_cast<std::uint64_t>(statement.integer(0));
    }

  private:
    sqlite::Statement prepare(const char* sql) { return or_give_up(sqlite::Statement::prepare(database_, sql)); }
    static void do_step(sqlite::Statement& statement) {
        (void)or_give_up(statement.step());
        statement.reset();
    }

    sqlite::Database database_;
    std::vector<sqlite::Statement> steps_;
    std::vector<sqlite::Statement> insert_;
};

}  // namespace

int main(int argc, char** argv) {
    base::open_standard_streams();
    std::string folder;
    double seconds = 5;
    std::size_t payload = 64;
    app::CommandLine cli{"Writes a chat's messages into SQLite, one transaction each", "chat_sqlite_alone"};
    cli.add_option("--folder", folder, "An empty folder").required();
    cli.add_option("--seconds", seconds, "How long");
    cli.add_option("--payload", payload, "Characters of a message").range(std::size_t{16}, std::size_t{10'000});
    cli.parse_or_exit(argc, argv, 2);

    const hammer::talk::Script script{payload, 1, 1};
    Table table{folder};
    std::mt19937_64 random{1};
    std::uint32_t number = 0;
    const auto began = Clock::now();
    const auto until = began + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{seconds});
    while (Clock::now() < until) {
        table.add(script.id_of(number), script.text_of(number, hammer::Nanoseconds{0}), random());
        ++number;
    }
    const double took = std::chrono::duration<double>{Clock::now() - began}.count();
    if (table.count() != number) give_up("what it holds is not what was written");
    const nlohmann::ordered_json result = {{"messages", number}, {"seconds", took}, {"rate", number / took}};
    std::printf("%s\n", result.dump().c_str());
    return 0;
}
