#include <sys/stat.h>

#include <fstream>
#include <random.hpp>
#include <station/ledger/store/sqlite_cache.hpp>
#include <station/ledger/wire/message_pack.hpp>
#include <views_support.hpp>

using namespace station;
using namespace station::ledger;
using namespace station::ledger::test;

namespace {

// All that was said of an entity, so that nothing wrong can hide in it.
struct Words {
    static constexpr std::string_view name = "words";
    static constexpr std::uint64_t schema_version = 1;
    static constexpr std::array relevant_kinds{kDeposited, kNoted};

    std::string text;

    void apply(const StoredEvent&, const Payload& payload) {
        text += payload.plain() ? pack_to_json(payload.bytes()).value_or("?") : "gone";
        text += "\n";
    }
    std::vector<std::byte> to_bytes() const {
        const Bytes bytes = log::as_bytes(text);
        return {bytes.begin(), bytes.end()};
    }
    static std::optional<Words> from_bytes(Bytes bytes) { return Words{std::string{log::as_text(bytes)}}; }
    friend bool operator==(const Words&, const Words&) = default;
};

std::string content_of(const log::Path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

void write(const log::Path& file, const std::string& content) { std::ofstream{file, std::ios::binary} << content; }

const auto kAlways = [] { return true; };

CachedFold fold_of_text(std::string_view text) {
    CachedFold fold{7, blake3(log::as_bytes(text)), 1'700'000'000'000'000'000, {}};
    fold.state.assign(log::as_bytes(text).begin(), log::as_bytes(text).end());
    return fold;
}

std::vector<std::string> names_in(const log::Path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) names.push_back(entry.path().filename());
    return names;
}

}  // namespace

TEST_CASE("a row of the cache is found by all of its key, and is there again after it was closed") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "cache.db";
    const std::vector<CacheKey> keys{{"a", "p", 1}, {"a", "p", 2}, {"a", "q", 1}, {"b", "p", 1}, {"a", "", 1}};
    {
        SqliteCache cache{file};
        CHECK_FALSE(cache.get(keys[0]));
        for (const CacheKey& key : keys) {
            const std::string text =
                std::string{key.entity} + std::string{key.projection} + std::to_string(key.schema_version);
            cache.put(key, fold_of_text("before"), kAlways);
            cache.put(key, fold_of_text(text), kAlways);
            cache.put(key, fold_of_text("never"), [] { return false; });
            CHECK(cache.get(key) == fold_of_text(text));
        }
    }
    SqliteCache cache{file};
    CHECK(cache.get(keys[1]) == fold_of_text("ap2"));
    CHECK(cache.get(keys[4]) == fold_of_text("a1"));
    CHECK_FALSE(cache.get({"b", "p", 2}));
    CHECK_FALSE(cache.forget("a"));
    CHECK_FALSE(cache.get(keys[0]));
    CHECK_FALSE(cache.get(keys[4]));
    CHECK(cache.get(keys[3]) == fold_of_text("bp1"));
    cache.put({"a", "empty", 1}, fold_of_text(""), kAlways);
    CHECK(cache.get({"a", "empty", 1}) == fold_of_text(""));
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("a row whose bytes were changed is not there, whatever SQLite thinks of the file") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "cache.db";
    {
        SqliteCache cache{file};
        cache.put({"a", "p", 1}, fold_of_text("one of them"), kAlways);
        cache.put({"b", "p", 1}, fold_of_text("the other"), kAlways);
    }
    std::string content = content_of(file);
    const auto place = content.find("one of them");
    REQUIRE(place != std::string::npos);
    content[place] = 'O';
    write(file, content);
    SqliteCache cache{file};
    CHECK_FALSE(cache.get({"a", "p", 1}));
    CHECK(cache.get({"b", "p", 1}) == fold_of_text("the other"));
}

TEST_CASE("a cache that SQLite would only read is made again") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "cache.db";
    { SqliteCache{file}.put({"a", "p", 1}, fold_of_text("one of them"), kAlways); }
    // The version of the format that may write to it: SQLite knows two.
    std::string content = content_of(file);
    content[18] = 9;
    write(file, content);
    SqliteCache cache{file};
    CHECK_FALSE(cache.forget("a"));
    cache.put({"b", "p", 1}, fold_of_text("another"), kAlways);
    CHECK(cache.get({"b", "p", 1}) == fold_of_text("another"));
    CHECK_FALSE(cache.get({"a", "p", 1}));
}

TEST_CASE("what was forgotten, or written over, is nowhere in the cache's folder any more") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "cache.db";
    SqliteCache cache{file};
    const std::string secret = "the secret of a";
    const auto is_there = [&](std::string_view what) {
        for (const std::string& name : names_in(folder.path())) {
            if (content_of(folder.path() / name).find(what) != std::string::npos) return true;
        }
        return false;
    };
    for (int i = 0; i < 200; ++i) {
        const std::string entity = "other" + std::to_string(i);
        cache.put({entity, "p", 1}, fold_of_text(std::string(static_cast<std::size_t>(i) * 37, 'x')), kAlways);
    }
    std::string large;
    for (int i = 0; i < 2000; ++i) large += secret;
    cache.put({"a", "p", 1}, fold_of_text(large), kAlways);
    cache.put({"a", "q", 1}, fold_of_text(secret), kAlways);
    cache.put({"a", "r", 1}, fold_of_text("an older one"), kAlways);
    CHECK(is_there(secret));
    cache.put({"a", "r", 1}, fold_of_text("short"), kAlways);
    CHECK_FALSE(is_there("an older one"));
    SECTION("forgotten") { CHECK_FALSE(cache.forget("a")); }
    SECTION("found damaged") {
        std::string content = content_of(file);
        content[3] = '?';
        write(file, content);
        SqliteCache again{file};
        CHECK_FALSE(again.get({"a", "p", 1}));
    }
    CHECK_FALSE(is_there(secret));
    CHECK(names_in(folder.path()) == std::vector<std::string>{"cache.db"});
    CHECK_FALSE(cache.compact());
}

TEST_CASE("with a cache every answer is the one without it, at random points, whatever was done to its file") {
    station::test::Random random;
    INFO(random.how_to_repeat());
    const TemporaryFolder folder;
    StoreConfig config{.dir = folder.path(), .durability = log::Durability::os()};
    const auto file = SqliteCache::default_file(config);
    int used = 0;
    for (int life = 0; life < 40; ++life) {
        config.cache = std::make_shared<SqliteCache>(file);
        auto store = open_store(config);
        for (int step = 0; step < 30; ++step) {
            const std::string entity = "e" + std::to_string(random.between(0, 3));
            const std::string text = '"' + std::string(random.between(0, 300), 'x') + std::to_string(step) + '"';
            if (random.chance(0.03)) {
                const auto forgotten = store.forget(entity);
                CHECK((forgotten || forgotten.error().code == Errc::not_found));
            } else if (random.chance(0.5)) {
                const EventKind kind = random.chance(0.3) ? kWithdrawn : kNoted;
                store.append(at(entity), kind, Bytes{pack(text)}, {.erasable = true}).value();
            }
            const CacheKey key{entity, Words::name, Words::schema_version};
            used += config.cache->get(key) ? 1 : 0;
            std::optional<Words> without;
            const auto events = store.stream(entity).value();
            REQUIRE(events.for_each([&](const StoredEvent& event) {
                const EventKind kind = event->header.event_kind;
                if (kind != kDeposited && kind != kNoted) return;
                if (!without) without.emplace();
                without->apply(event, store.payload(event).value());
            }));
            CHECK(store.project<Words>(entity).value() == without);
        }
        REQUIRE(store.close());
        config.cache.reset();
        std::string content = content_of(file);
        if (content.empty()) continue;
        switch (random.between(0, 5)) {
            case 0:
                for (std::uint64_t i = random.between(1, 300); i > 0; --i) {
                    content[random.index(content.size())] = static_cast<char>(random.between(0, 255));
                }
                write(file, content);
                break;
            case 1: write(file, content.substr(0, random.index(content.size()))); break;
            case 2: write(file, std::string(content.size(), '\0')); break;
            case 3: std::filesystem::remove(file); break;
            case 4:
                write(file, "no database, and longer than a header of SQLite's would be, by quite a few letters");
                break;
            default: break;
        }
    }
    CHECK(used > 0);
}

TEST_CASE("a row of another ledger, or of another entity's key, is not believed") {
    const TemporaryFolder folder;
    const TemporaryFolder other;
    StoreConfig config{.dir = folder.path()};
    config.cache = std::make_shared<SqliteCache>(SqliteCache::default_file(config));
    auto store = open_store(config);
    append(store, "a", "\"mine\"").value();
    CHECK(store.project<Words>("a").value() == Words{"\"mine\"\n"});
    StoreConfig copied{.dir = other.path()};
    {
        auto first = open_store(copied);
        append(first, "a", "\"another\"").value();
    }
    std::filesystem::copy_file(SqliteCache::default_file(config), SqliteCache::default_file(copied));
    copied.cache = std::make_shared<SqliteCache>(SqliteCache::default_file(copied));
    auto second = open_store(copied);
    CHECK(second.project<Words>("a").value() == Words{"\"another\"\n"});
}

TEST_CASE("where there can be no cache, everything works without it, and what can't be destroyed is said") {
    const TemporaryFolder folder;
    StoreConfig config{.dir = folder.path()};
    const log::Path place = folder.path() / "a folder" / "cache.db";
    config.cache = std::make_shared<SqliteCache>(place);
    auto store = open_store(config);
    append(store, "a", "1", {.erasable = true}).value();
    CHECK(store.project<Words>("a").value() == Words{"1\n"});
    CHECK_FALSE(config.cache->forget("a"));  // there is nothing
    CHECK(store.compact());
    std::filesystem::create_directories(place);
    CHECK(store.project<Words>("a").value() == Words{"1\n"});
    CHECK(config.cache->forget("a"));
    CHECK_FALSE(store.compact());
    CHECK_FALSE(store.forget("a"));
}

TEST_CASE("an entity that is forgotten takes the rows of another run's cache with it") {
    const TemporaryFolder folder;
    StoreConfig config{.dir = folder.path()};
    const log::Path file = SqliteCache::default_file(config);
    const std::string secret = "a secret nobody else may read";
    const auto run_with_cache = [&] {
        StoreConfig caching = config;
        caching.cache = std::make_shared<SqliteCache>(file);
        auto store = open_store(caching);
        append(store, "a", '"' + secret + '"', {.erasable = true}).value();
        CHECK(store.project<Words>("a").value());
        CHECK(content_of(file).find(secret) != std::string::npos);
    };
    run_with_cache();
    {
        auto store = open_store(config);
        CHECK(store.forget("a").value());
    }
    CHECK(content_of(file).find(secret) == std::string::npos);
    // A crash has kept ERASED, and the rows.
    run_with_cache();
    const std::string rows = content_of(file);
    {
        auto store = open_store(config);
        CHECK(store.forget("a").value());
    }
    write(file, rows);
    CHECK(open_store(config).size() > 0);
    CHECK(content_of(file).find(secret) == std::string::npos);
}
