#include <fstream>
#include <random.hpp>
#include <station/ledger/store/cursor.hpp>
#include <thread>
#include <views_support.hpp>

using namespace station;
using namespace station::ledger;
using namespace station::ledger::test;
using namespace std::chrono_literals;

namespace {

std::vector<std::uint64_t> pull(Cursor& cursor, std::size_t most = 1'000'000) {
    std::vector<std::uint64_t> globals;
    while (globals.size() < most) {
        const auto event = cursor.poll();
        if (!event) FAIL(event.error().message());
        if (!*event) break;
        globals.push_back((*event)->global_sequence());
    }
    return globals;
}

std::vector<std::uint64_t> all_of(const Store& store, const Region& region) {
    const auto events = store.query(region).value();
    std::vector<std::uint64_t> globals;
    for (std::size_t i = 0; i < events.size(); ++i) globals.push_back(events.global_sequence(i));
    return globals;
}

}  // namespace

TEST_CASE("a cursor gives what a query does, from wherever it goes on, in one ledger and after a restart") {
    station::test::Random random;
    INFO(random.how_to_repeat());
    const TemporaryFolder folder;
    StoreConfig config{.dir = folder.path(), .durability = log::Durability::os(), .segment_bytes = 8192};
    config.checkpoint_every = 40;
    auto store = std::make_unique<Store>(open_store(config));
    const std::vector<Region> regions{Region::all(),
                                      Region::of_entity("e1"),
                                      Region::all().with_prefix("e"),
                                      Region::of_scope("s1"),
                                      Region::of_kind(kNoted),
                                      Region::all().with_category(1),
                                      Region::all().with_sequences(3, 7),
                                      Region::of_entity("e2").with_sequences(1, 4)};
    std::vector<std::uint64_t> positions(regions.size(), 0);
    std::vector<std::vector<std::uint64_t>> given(regions.size());
    for (int round = 0; round < 30; ++round) {
        for (std::uint64_t i = random.between(0, 20); i > 0; --i) {
            const std::string entity = "e" + std::to_string(random.between(0, 4));
            const std::string scope = "s" + std::to_string(random.between(0, 2));
            const std::string payload = '"' + std::string(random.between(0, 3000), 'x') + '"';
            REQUIRE(store->append(at(entity, scope), random.chance(0.5) ? kNoted : kDeposited, Bytes{pack(payload)}));
        }
        if (random.chance(0.2)) {
            store.reset();
            store = std::make_unique<Store>(open_store(config));
        }
        for (std::size_t i = 0; i < regions.size(); ++i) {
            Cursor cursor = store->cursor(regions[i], positions[i]);
            const auto some = pull(cursor, random.between(0, 30));
            given[i].insert(given[i].end(), some.begin(), some.end());
            positions[i] = cursor.position();
        }
    }
    for (std::size_t i = 0; i < regions.size(); ++i) {
        Cursor cursor = store->cursor(regions[i], positions[i]);
        const auto rest = pull(cursor);
        given[i].insert(given[i].end(), rest.begin(), rest.end());
        CHECK(given[i] == all_of(*store, regions[i]));
        CHECK(cursor.position() == store->size());
    }
}

TEST_CASE("a batch of a cursor is as many as were asked for") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    for (int i = 0; i < 5; ++i) append(store, "a", std::to_string(i)).value();
    Cursor cursor = store.cursor(Region::all());
    CHECK(cursor.poll_batch(3).value().size() == 3);
    CHECK(cursor.position() == 3);
    CHECK(cursor.poll_batch(3).value().size() == 2);
    CHECK(cursor.poll_batch(3).value().empty());
}

TEST_CASE("beside many who append a cursor gives all, in order, and waits for more") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path(), .durability = log::Durability::os()});
    constexpr std::size_t kThreads = 4;
    constexpr std::size_t kEach = 300;
    std::vector<std::uint64_t> of_all;
    std::vector<std::uint64_t> of_one;
    std::thread reads_all{[&] {
        Cursor cursor = store.cursor(Region::all());
        while (of_all.size() < kThreads * kEach) of_all.push_back(cursor.next().value().global_sequence());
    }};
    std::thread reads_one{[&] {
        Cursor cursor = store.cursor(Region::of_entity("e1"));
        while (of_one.size() < kEach) of_one.push_back(cursor.next().value()->header.position.sequence);
    }};
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            for (std::size_t i = 0; i < kEach; ++i) append(store, "e" + std::to_string(t), "1").value();
        });
    }
    for (std::thread& thread : threads) thread.join();
    reads_all.join();
    reads_one.join();
    for (std::size_t i = 0; i < of_all.size(); ++i) REQUIRE(of_all[i] == i);
    for (std::size_t i = 0; i < of_one.size(); ++i) REQUIRE(of_one[i] == i);
}

TEST_CASE("a cursor of a store that only reads follows the one that appends") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    append(store, "a", "0").value();
    auto reader = open_store({.dir = folder.path(), .read_only = true});
    Cursor cursor = reader.cursor(Region::of_entity("a"));
    CHECK(cursor.next().value().global_sequence() == 0);
    CHECK(cursor.next(1ms).error().code == log::Errc::timed_out);
    std::thread appends{[&] {
        for (int i = 1; i < 20; ++i) append(store, i % 2 == 0 ? "a" : "b", "1").value();
    }};
    std::vector<std::uint64_t> found;
    while (found.size() < 9) found.push_back(cursor.next().value().global_sequence());
    appends.join();
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == 2 * (i + 1));
    std::thread closes{[&] { must(reader.close()); }};
    CHECK(cursor.next().error().code == Errc::closed);
    closes.join();
}

TEST_CASE("a cursor's wait ends: in time, when it is cancelled, and when the store is closed and all was given") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    Cursor cursor = store.cursor(Region::of_entity("a"));
    CHECK(cursor.next(0ns).error().code == log::Errc::timed_out);
    append(store, "b", "1").value();
    CHECK(cursor.next(1ms).error().code == log::Errc::timed_out);
    std::thread cancels{[&] { cursor.cancel(); }};
    CHECK(cursor.next().error().code == log::Errc::cancelled);
    cancels.join();
    CHECK(cursor.next(1ms).error().code == log::Errc::timed_out);
    append(store, "a", "1").value();
    std::thread closes{[&] {
        append(store, "a", "2").value();
        must(store.close());
    }};
    CHECK(text_of(cursor.next().value()) == "1");
    CHECK(text_of(cursor.next(std::chrono::nanoseconds::max()).value()) == "2");
    CHECK(cursor.next().error().code == Errc::closed);
    closes.join();
    CHECK(store.cursor(Region::all(), 3).next().error().code == Errc::closed);
    CHECK(store.cursor(Region::all(), 2).next().value().global_sequence() == 2);
}

TEST_CASE("what lies before damage is given, and then it is said that the log is damaged") {
    const TemporaryFolder folder;
    {
        auto store = open_store({.dir = folder.path(), .checkpoint_every = 0});
        for (int i = 0; i < 10; ++i) append(store, "a", "\"event " + std::to_string(i) + "\"").value();
    }
    const bool with_index = GENERATE(true, false);
    const auto topic = folder.path() / "topics" / "ledger";
    if (!with_index) std::filesystem::remove_all(topic / "index");
    const auto segment = topic / "log-00000001.seg";
    std::ifstream in{segment, std::ios::binary};
    std::string bytes{std::istreambuf_iterator<char>{in}, {}};
    const auto place = bytes.find("event 6");
    REQUIRE(place != std::string::npos);
    bytes[place] = 'E';
    std::ofstream{segment, std::ios::binary} << bytes;

    auto store = open_store({.dir = folder.path()});
    Cursor cursor = store.cursor(Region::all());
    for (std::uint64_t i = 0; i < 6; ++i) CHECK(cursor.next().value().global_sequence() == i);
    for (int again = 0; again < 2; ++again) {
        const auto damaged = cursor.next(0ns);
        REQUIRE_FALSE(damaged);
        CHECK(damaged.error().code == Errc::damaged);
        CHECK(cursor.position() == 6);
    }
}
