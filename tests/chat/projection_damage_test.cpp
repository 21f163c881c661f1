// Tables that are not there, of something else, damaged, or of another ledger are made again; what can't be written is
// tried again, and meanwhile nobody is kept waiting.
#include <algorithm>
#include <chat/projection/trust.hpp>
#include <chat_support.hpp>
#include <fstream>
#include <mutex>
#include <station/sqlite/sqlite.hpp>
#include <thread>

using namespace station;
using namespace station::chat;
using namespace station::chat::test;
using Side = Projection::Side;

namespace {

// What it logged and how far it said it was, from any thread.
struct Said {
    std::mutex mutex;
    std::vector<std::string> log;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> progress;

    Projection::Config config() {
        Projection::Config config;
        config.logger = [this](log::Severity, std::string_view text) {
            const std::lock_guard lock{mutex};
            log.emplace_back(text);
        };
        config.progress = [this](std::uint64_t done, std::uint64_t of) {
            const std::lock_guard lock{mutex};
            progress.emplace_back(done, of);
        };
        return config;
    }
    bool has(std::string_view text) {
        const std::lock_guard lock{mutex};
        return std::ranges::any_of(log, [&](const std::string& line) { return line.find(text) != std::string::npos; });
    }
    std::size_t lines() {
        const std::lock_guard lock{mutex};
        return log.size();
    }
};

struct Kept {
    World world;
    Id ann = world.join("Ann");
    Id room = world.make_room(ann);
    int said = 0;

    void say(int count) {
        for (int i = 0; i < count; ++i) world.say(room, ann, "m" + std::to_string(said++) + " word");
    }
    // Whether the tables are those of the ledger.
    void check(Projection& projection) {
        REQUIRE(reaches(projection, world.store().size()));
        CHECK(projection.page(room, Side::newest, {}, 5000).value()->messages.size() == static_cast<std::size_t>(said));
        CHECK(projection.search("word", std::vector{room}, 5000).value()->size() == static_cast<std::size_t>(said));
    }
    void made() {
        const auto projection = world.open();
        check(*projection);
        projection->stop();
    }
};

void write(const log::Path& file, std::string_view text) {
    std::ofstream out{file, std::ios::binary | std::ios::trunc};
    out << text;
}

void run_sql(const log::Path& file, const char* sql) {
    auto database = sqlite::Database::open(file, sqlite::Database::Mode::write);
    REQUIRE(database);
    REQUIRE_FALSE(database->run(sql));
}

}  // namespace

TEST_CASE("tables that are as they were left are gone on with") {
    Kept chat;
    chat.say(20);
    chat.made();
    run_sql(chat.world.file(), "UPDATE messages SET content = 'kept'");
    chat.say(1);
    Said said;
    const auto projection = chat.world.open(said.config());
    REQUIRE(reaches(*projection, chat.world.store().size()));
    const auto page = projection->page(chat.room, Side::newest, {}, 100).value();
    CHECK(page->messages.size() == 21);
    CHECK(page->messages.front().content == "kept");
    CHECK(said.lines() == 0);
    projection->stop();
    CHECK(said.progress == std::vector<std::pair<std::uint64_t, std::uint64_t>>{{23, 23}});
}

TEST_CASE("tables that are not those of this ledger are made again") {
    Kept chat;
    chat.say(50);
    chat.made();
    const log::Path file = chat.world.file();
    SECTION("not there") { REQUIRE(std::filesystem::remove(file)); }
    SECTION("empty") {
        write(file, "");
        REQUIRE(std::filesystem::file_size(file) == 0);
    }
    SECTION("no database") {
        write(file, std::string(10000, 'x'));
        REQUIRE(std::filesystem::file_size(file) == 10000);
    }
    SECTION("cut") {
        REQUIRE(std::filesystem::file_size(file) > 8192);
        std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
    }
    SECTION("cut within a page") {
        REQUIRE(std::filesystem::file_size(file) > 5000);
        std::filesystem::resize_file(file, 5000);
    }
    SECTION("of a version of SQLite's that may only be read") {
        std::fstream open{file, std::ios::binary | std::ios::in | std::ios::out};
        REQUIRE(open.seekp(18).put('\x09'));
    }
    SECTION("of another version") { run_sql(file, "PRAGMA user_version = 99"); }
    SECTION("without a table") { run_sql(file, "DROP TABLE boosts"); }
    SECTION("ahead of the ledger") { run_sql(file, "UPDATE about SET position = 1000, last_sequence = 999"); }
    SECTION("with another last event") { run_sql(file, "UPDATE about SET last_event = zeroblob(16)"); }
    SECTION("with another first event") { run_sql(file, "UPDATE about SET origin = zeroblob(16)"); }
    SECTION("without a word about it") { run_sql(file, "DELETE FROM about"); }
    SECTION("of another ledger") {
        Kept other;
        other.say(50);
        other.made();
        std::filesystem::copy_file(other.world.file(), file, std::filesystem::copy_options::overwrite_existing);
    }
    SECTION("written before the machine started again") {
        run_sql(file, "UPDATE messages SET content = 'old'");
        write(log::Path{file} += ".trust", "another start\n");
    }
    SECTION("nobody says under which start") {
        run_sql(file, "UPDATE messages SET content = 'old'");
        std::filesystem::remove(log::Path{file} += ".trust");
    }
    Said said;
    const auto projection = chat.world.open(said.config());
    chat.check(*projection);
    CHECK(texts_of(projection->page(chat.room, Side::newest, {}, 1).value()->messages) ==
          std::vector<std::string>{"m49 word"});
    projection->stop();
    CHECK(said.progress == std::vector<std::pair<std::uint64_t, std::uint64_t>>{{52, 52}});
}

TEST_CASE("tables that were changed while nobody had them open are not trusted beside what a killed process has left") {
    const TemporaryFolder folder;
    const log::Path file = folder.path() / "chat.db";
    write(file, "a database");
    Trust killed{file};
    REQUIRE_FALSE(Trust{file}.holds());
    REQUIRE_FALSE(killed.begin());
    CHECK(Trust{file}.holds());
    SECTION("cut") {
        std::filesystem::resize_file(file, 5);
        CHECK_FALSE(Trust{file}.holds());
    }
    SECTION("written over") {
        const auto before = std::filesystem::last_write_time(file);
        while (std::filesystem::last_write_time(file) == before) write(file, "A DATABASE");
        CHECK_FALSE(Trust{file}.holds());
    }
    SECTION("swapped") {
        write(folder.path() / "another", "a database");
        std::filesystem::rename(folder.path() / "another", file);
        CHECK_FALSE(Trust{file}.holds());
    }
    SECTION("deleted") {
        REQUIRE(std::filesystem::remove(file));
        CHECK_FALSE(Trust{file}.holds());
    }
    CHECK(killed.holds());
    killed.note();
    CHECK(Trust{file}.holds());
    // All of it is in the one file: whether it fits is another question.
    REQUIRE_FALSE(killed.synced());
    write(file, "another");
    CHECK(Trust{file}.holds());
}

TEST_CASE("an older copy of the tables catches up") {
    Kept chat;
    chat.say(30);
    chat.made();
    const log::Path copy = chat.world.folder() / "copy.db";
    std::filesystem::copy_file(chat.world.file(), copy);
    chat.say(30);
    chat.made();
    std::filesystem::rename(copy, chat.world.file());
    Said said;
    const auto projection = chat.world.open(said.config());
    chat.check(*projection);
    CHECK(said.lines() == 0);
}

TEST_CASE("damage that shows later makes them again, and nobody is told twice or told less than before") {
    Kept chat;
    chat.say(3000);
    chat.made();
    std::mutex mutex;
    std::vector<std::uint64_t> told;
    Said said;
    Projection::Config config = said.config();
    config.listener = [&](const Changes& changes) {
        const std::lock_guard lock{mutex};
        for (const Change& change : *changes) told.push_back(change.recorded.sequence);
    };
    const auto projection = chat.world.open(std::move(config));
    chat.say(1);
    chat.check(*projection);
    // All pages but the first; those who read begin with an empty cache after each commit.
    const auto damage = [&] {
        std::fstream file{chat.world.file(), std::ios::binary | std::ios::in | std::ios::out};
        file.seekp(4096);
        file << std::string(static_cast<std::size_t>(std::filesystem::file_size(chat.world.file())) - 4096, '\xAA');
    };
    damage();
    chat.say(1);
    // A read finds it, or a write.
    while (!said.has("made again")) (void)projection->page(chat.room, Side::newest, {}, 4000);
    while (!reaches(*projection, chat.world.store().size())) std::this_thread::yield();
    chat.check(*projection);
    chat.say(1);
    chat.check(*projection);
    projection->stop();
    CHECK(told.size() == 3);
    CHECK(std::ranges::is_sorted(told));
    CHECK(std::ranges::adjacent_find(told) == told.end());
}

TEST_CASE("where nothing can be written it is said once and tried again, and who asks is told at once") {
    Kept chat;
    chat.say(5);
    Said said;
    Projection::Config config = said.config();
    config.path = chat.world.folder() / "later" / "chat.db";
    const auto projection = Projection::open(chat.world.store(), config).value();
    projection->start();
    CHECK_FALSE(reaches(*projection, chat.world.store().size()));
    CHECK_FALSE(projection->page(chat.room, Side::newest, {}, 10));
    CHECK(said.lines() == 1);
    chat.say(5);
    CHECK_FALSE(reaches(*projection, chat.world.store().size()));
    std::filesystem::create_directory(chat.world.folder() / "later");
    while (!reaches(*projection, chat.world.store().size())) std::this_thread::yield();
    chat.check(*projection);
    CHECK(said.lines() == 2);
}
