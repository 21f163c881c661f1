#include <station/ledger/store/projection_cache.hpp>
#include <station/ledger/store/sqlite_cache.hpp>
#include <station/ledger/wire/message_pack.hpp>
#include <thread>
#include <views_support.hpp>

using namespace station;
using namespace station::ledger;
using namespace station::ledger::test;
using namespace std::chrono_literals;

namespace {

std::atomic<int> applied{0};
std::function<void()> while_applying;

struct Balance {
    static constexpr std::string_view name = "balance";
    static constexpr std::uint64_t schema_version = 1;
    static constexpr std::array relevant_kinds{kDeposited, kWithdrawn};

    std::int64_t cents = 0;
    std::uint64_t entries = 0;

    void apply(const StoredEvent& event, const Payload& payload) {
        ++applied;
        if (while_applying) std::exchange(while_applying, {})();
        const std::int64_t amount = PackReader{payload.bytes()}.integer();  // 0 of what was erased
        cents += event->header.event_kind == kDeposited ? amount : -amount;
        ++entries;
    }
    std::vector<std::byte> to_bytes() const {
        std::vector<std::byte> bytes;
        PackWriter writer{bytes};
        writer.integer(cents);
        writer.unsigned_integer(entries);
        return bytes;
    }
    static std::optional<Balance> from_bytes(Bytes bytes) {
        PackReader reader{bytes};
        const Balance balance{reader.integer(), reader.unsigned_integer()};
        return reader.ok() && reader.at_end() ? std::optional{balance} : std::nullopt;
    }
    friend bool operator==(const Balance&, const Balance&) = default;
};

// Another reading of the same bytes.
struct LaterBalance : Balance {
    static constexpr std::uint64_t schema_version = 2;
    static std::optional<LaterBalance> from_bytes(Bytes bytes) {
        if (const auto balance = Balance::from_bytes(bytes)) return LaterBalance{*balance};
        return std::nullopt;
    }
};

struct Strict {
    static constexpr std::string_view name = "strict";
    static constexpr std::uint64_t schema_version = 1;
    static constexpr std::array relevant_kinds{kNoted};
    Result<void> apply(const StoredEvent& event, const Payload&) {
        if (text_of(event) == "1") return station::ledger::failed(Errc::projection_failed, "a one");
        return {};
    }
};

// Keeps one row, and lets a test look, change it, and come in between.
class OneRow final : public ProjectionCache {
  public:
    std::optional<CachedFold> get(const CacheKey& key) override {
        const bool same = row && key.entity == entity && key.projection == projection && key.schema_version == version;
        return same ? row : std::nullopt;
    }
    void put(const CacheKey& key, const CachedFold& fold, const std::function<bool()>& may_write) override {
        if (before_put) std::exchange(before_put, {})();
        ++asked;
        if (!may_write()) return;
        ++written;
        std::tie(entity, projection, version) = std::tuple{key.entity, key.projection, key.schema_version};
        row = fold;
    }
    std::error_code forget(std::string_view) override { return row.reset(), std::error_code{}; }
    std::error_code compact() override { return {}; }

    std::optional<CachedFold> row;
    std::string entity;
    std::string projection;
    std::uint64_t version = 0;
    int asked = 0;
    int written = 0;
    std::function<void()> before_put;
};

void deposit(Store& store, std::string_view entity, int amount) {
    append(store, entity, std::to_string(amount)).value();
}

const AppendOptions kErasable{.erasable = true};

// The value, and how many events were looked at for it.
template <typename T = Balance>
std::pair<std::optional<T>, int> look(const Store& store, std::string_view entity,
                                      Freshness freshness = Freshness::consistent()) {
    applied = 0;
    auto value = store.project<T>(entity, freshness);
    if (!value) FAIL(value.error().message());
    return {*value, applied};
}

}  // namespace

TEST_CASE("a projection folds the events of its kinds, and is nothing where there are none") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    deposit(store, "a", 5);
    store.append(at("a"), kNoted, Bytes{pack("99")}).value();
    store.append(at("a"), kWithdrawn, Bytes{pack("2")}).value();
    store.append(at("b"), kNoted, Bytes{pack("1")}).value();
    deposit(store, "c", 7);
    CHECK(look(store, "a") == std::pair{std::optional{Balance{3, 2}}, 2});
    CHECK(look(store, "b") == std::pair{std::optional<Balance>{}, 0});
    CHECK_FALSE(store.project<Balance>("nobody").value());
    CHECK(store.project<Strict>("a").value());
    const auto failed = store.project<Strict>("b");
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == Errc::projection_failed);
}

TEST_CASE("with a cache only what is new is folded, and another schema begins anew") {
    const TemporaryFolder folder;
    const auto cache = std::make_shared<OneRow>();
    auto store = open_store({.dir = folder.path(), .cache = cache});
    CHECK(look(store, "a").second == 0);
    CHECK(cache->asked == 0);
    for (int i = 0; i < 5; ++i) deposit(store, "a", 1);
    CHECK(look(store, "a") == std::pair{std::optional{Balance{5, 5}}, 5});
    CHECK(look(store, "a") == std::pair{std::optional{Balance{5, 5}}, 0});
    CHECK(cache->written == 1);
    deposit(store, "a", 1);
    store.append(at("a"), kNoted, Bytes{pack("1")}).value();
    CHECK(look(store, "a") == std::pair{std::optional{Balance{6, 6}}, 1});
    CHECK(look<LaterBalance>(store, "a").second == 6);
    CHECK(cache->version == 2);
    // What can't be a T any more.
    cache->row->state.push_back(std::byte{1});
    CHECK(look<LaterBalance>(store, "a").second == 6);
    // A store that only reads may use it, and does not write it.
    deposit(store, "a", 1);
    auto reader = open_store({.dir = folder.path(), .read_only = true, .cache = cache});
    const int written = cache->written;
    CHECK(look<LaterBalance>(reader, "a").second == 1);
    CHECK(cache->written == written);
}

TEST_CASE("a cache that contradicts the log is not believed") {
    const TemporaryFolder folder;
    const auto cache = std::make_shared<OneRow>();
    auto store = open_store({.dir = folder.path(), .cache = cache});
    deposit(store, "b", 1);
    for (int i = 0; i < 5; ++i) deposit(store, "a", 1);
    look(store, "a");
    const CachedFold right = *cache->row;
    const auto is_thrown_away = [&](const CachedFold& wrong) {
        cache->row = wrong;
        const bool anew = look(store, "a") == std::pair{std::optional{Balance{5, 5}}, 5};
        return anew && cache->row->global_sequence == right.global_sequence &&
               cache->row->event_hash == right.event_hash;
    };
    CachedFold wrong = right;
    wrong.state = Balance{1000, 5}.to_bytes();
    wrong.event_hash.bytes[31] ^= std::byte{1};
    CHECK(is_thrown_away(wrong));
    wrong.event_hash = right.event_hash;
    wrong.global_sequence = right.global_sequence - 1;
    CHECK(is_thrown_away(wrong));
    wrong.global_sequence = right.global_sequence + 1;  // behind the log
    CHECK(is_thrown_away(wrong));
    wrong.global_sequence = ~std::uint64_t{0};
    CHECK(is_thrown_away(wrong));
    wrong.global_sequence = 0;  // an event of another entity
    wrong.event_hash = (*store.last("b").value())->event_hash;
    CHECK(is_thrown_away(wrong));
    cache->row = right;
    CHECK(look(store, "a").second == 0);
}

TEST_CASE("best effort takes what is young enough, by the store's clock") {
    const TemporaryFolder folder;
    std::atomic<std::int64_t> now{1'700'000'000'000'000'000};
    StoreConfig config{.dir = folder.path()};
    config.clock = [&] { return now.load(); };
    config.cache = std::make_shared<OneRow>();
    auto store = open_store(config);
    append(store, "a", "1", kErasable).value();
    CHECK(look(store, "a", Freshness::best_effort(1s)).first == Balance{1, 1});
    deposit(store, "a", 1);
    now += 1'000'000'000;
    CHECK(look(store, "a", Freshness::best_effort(1s)).first == Balance{1, 1});
    CHECK(look(store, "a", Freshness::best_effort(999ms)).first == Balance{2, 2});
    deposit(store, "a", 1);
    CHECK(look(store, "a", Freshness::best_effort(0s)).first == Balance{2, 2});
    now -= 1;
    CHECK(look(store, "a", Freshness::best_effort(1h)).first == Balance{3, 3});
    deposit(store, "a", 1);
    CHECK(look(store, "a").first == Balance{4, 4});
    deposit(store, "a", 1);
    store.forget("a").value();
    CHECK(look(store, "a", Freshness::best_effort(1h)) == std::pair{std::optional{Balance{0, 5}}, 5});
}

TEST_CASE("a fold that began before an entity was erased leaves nothing behind, and nothing of before is used") {
    const TemporaryFolder folder;
    const auto cache = std::make_shared<OneRow>();
    auto store = open_store({.dir = folder.path(), .cache = cache});
    append(store, "b", "1", kErasable).value();
    for (int i = 0; i < 3; ++i) append(store, "a", "1", kErasable).value();
    SECTION("erased before it is written") {
        cache->before_put = [&] { store.forget("a").value(); };
        CHECK(look(store, "a").second == 3);
        CHECK(cache->asked == 1);
        CHECK(cache->written == 0);
    }
    SECTION("another one erased before it is written") {
        cache->before_put = [&] { store.forget("b").value(); };
        CHECK(look(store, "a").second == 3);
        CHECK(cache->written == 1);
    }
    SECTION("erased while it is folded") {
        while_applying = [&] {
            store.forget("a").value();
            deposit(store, "a", 1);
        };
        CHECK(look(store, "a") == std::pair{std::optional{Balance{1, 4}}, 3 + 4});
    }
    SECTION("erased, and its key is there for a moment more") {
        const log::Path key = folder.path() / "topics" / "ledger" / "keys.db";
        const log::Path kept = folder.path() / "kept.db";
        std::filesystem::copy_file(key, kept);
        store.forget("a").value();
        deposit(store, "a", 1);
        must(store.close());
        std::filesystem::rename(kept, key);
        auto reader = open_store({.dir = folder.path(), .read_only = true});
        CHECK(look(reader, "a") == std::pair{std::optional{Balance{0, 4}}, 4});
    }
    SECTION("erased since it was written") {
        look(store, "a");
        REQUIRE(cache->row);
        const CachedFold before = *cache->row;
        store.forget("a").value();
        CHECK_FALSE(cache->row);
        cache->row = before;
        deposit(store, "a", 1);
        CHECK(look(store, "a") == std::pair{std::optional{Balance{1, 4}}, 4});
        CHECK(cache->row->global_sequence == 5);
        CHECK(look(store, "a").second == 0);
    }
    SECTION("and so it is with one that is watched") {
        auto watch = store.watch_projection<Balance>("a");
        CHECK(watch.next().value() == Balance{3, 3});
        store.forget("a").value();
        applied = 0;
        CHECK(watch.next().value() == Balance{0, 3});
        CHECK(applied == 3);
    }
}

TEST_CASE("what was folded without its key is not kept") {
    const TemporaryFolder folder;
    const log::Path keys = folder.path() / "topics" / "ledger" / "keys.db";
    {
        auto store = open_store({.dir = folder.path()});
        append(store, "a", "5", kErasable).value();
    }
    std::filesystem::rename(keys, folder.path() / "kept.db");
    const auto cache = std::make_shared<OneRow>();
    {
        auto store = open_store({.dir = folder.path(), .cache = cache});
        CHECK(look(store, "a").first == Balance{0, 1});
        CHECK(cache->written == 0);
    }
    std::filesystem::rename(folder.path() / "kept.db", keys);
    auto store = open_store({.dir = folder.path(), .cache = cache});
    CHECK(look(store, "a").first == Balance{5, 1});
    CHECK(cache->written == 1);
}

TEST_CASE("a projection that is watched is given as it is, and again when it has changed") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    auto watch = store.watch_projection<Balance>("a");
    CHECK(watch.next(1ms).error().code == log::Errc::timed_out);
    deposit(store, "a", 1);
    deposit(store, "a", 1);
    CHECK(watch.next().value() == Balance{2, 2});
    deposit(store, "b", 1);
    store.append(at("a"), kNoted, Bytes{pack("1")}).value();
    CHECK(watch.next(1ms).error().code == log::Errc::timed_out);
    std::thread cancels{[&] { watch.cancel(); }};
    CHECK(watch.next().error().code == log::Errc::cancelled);
    cancels.join();
    constexpr int kMore = 500;
    std::thread appends{[&] {
        for (int i = 0; i < kMore; ++i) deposit(store, "a", 1);
        must(store.close());
    }};
    Balance last{2, 2};
    for (;;) {
        const auto next = watch.next();
        if (!next) {
            CHECK(next.error().code == Errc::closed);
            break;
        }
        CHECK(next->entries > last.entries);
        last = *next;
    }
    appends.join();
    CHECK(last == Balance{kMore + 2, kMore + 2});
}

TEST_CASE("whoever projects while others append sees what was there, with a cache that all share") {
    const TemporaryFolder folder;
    StoreConfig config{.dir = folder.path(), .durability = log::Durability::os()};
    config.cache = std::make_shared<SqliteCache>(SqliteCache::default_file(config));
    auto store = open_store(config);
    std::atomic<std::uint64_t> acknowledged{0};
    std::atomic<int> wrong{0};  // Catch is for one thread
    constexpr std::uint64_t kEvents = 400;
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t) {
        threads.emplace_back([&] {
            for (;;) {
                const std::uint64_t least = acknowledged;
                const auto balance = store.project<Balance>("a").value();
                const std::uint64_t entries = balance ? balance->entries : 0;
                if (entries < least || (balance && balance->cents != static_cast<std::int64_t>(entries))) ++wrong;
                if (entries == kEvents) return;
            }
        });
    }
    for (std::uint64_t i = 0; i < kEvents; ++i) {
        deposit(store, "a", 1);
        ++acknowledged;
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
}
