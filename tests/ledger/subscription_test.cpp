#include <station/ledger/store/subscription.hpp>
#include <thread>
#include <views_support.hpp>

using namespace station;
using namespace station::ledger;
using namespace station::ledger::test;
using namespace std::chrono_literals;

TEST_CASE("a subscription tells of what is appended in its region, and nothing of what was there before") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    const auto before = append(store, "a", "0").value();
    auto subscription = store.subscribe(Region::of_entity("a"), 10).value();
    CHECK_FALSE(subscription.poll());
    append(store, "b", "1").value();
    const auto after = append(store, "a", "2", {.correlation_id = id_of(5), .causation_id = before.event_id}).value();
    const auto note = subscription.next().value();
    CHECK(note.event_id == after.event_id);
    CHECK(note.correlation_id == id_of(5));
    CHECK(note.causation_id == before.event_id);
    CHECK(note.coordinate == at("a"));
    CHECK(note.kind == kDeposited);
    CHECK(note.sequence == 1);
    CHECK(note.global_sequence == 2);
    CHECK(subscription.next(0ns).error().code == log::Errc::timed_out);
    const auto own = append(store, "a", "3").value();
    CHECK(subscription.poll()->correlation_id == own.event_id);
    CHECK(subscription.dropped() == 0);
}

TEST_CASE("a subscription that is full drops what comes, counts it, and has room again") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path(), .durability = log::Durability::os()});
    auto subscription = store.subscribe(Region::all(), 3).value();
    auto none = store.subscribe(Region::all(), 0).value();
    for (int i = 0; i < 10; ++i) append(store, "a", "1").value();
    CHECK(subscription.dropped() == 7);
    for (std::uint64_t i = 0; i < 3; ++i) CHECK(subscription.next().value().global_sequence == i);
    CHECK_FALSE(subscription.poll());
    append(store, "a", "1").value();
    CHECK(subscription.next().value().global_sequence == 10);
    CHECK(subscription.dropped() == 7);
    CHECK(none.dropped() == 11);
    CHECK_FALSE(none.poll());
}

TEST_CASE("a subscription's wait ends: when it is cancelled, and when the store is closed and all was given") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    auto subscription = store.subscribe(Region::all(), 10).value();
    std::thread cancels{[&] { subscription.cancel(); }};
    CHECK(subscription.next().error().code == log::Errc::cancelled);
    cancels.join();
    CHECK(subscription.next(1ms).error().code == log::Errc::timed_out);
    std::thread closes{[&] {
        append(store, "a", "1").value();
        must(store.close());
    }};
    CHECK(subscription.next().value().global_sequence == 0);
    CHECK(subscription.next().error().code == Errc::closed);
    closes.join();
    CHECK(store.subscribe(Region::all(), 1).value().next().error().code == Errc::closed);
}

TEST_CASE("a store that only reads refuses a subscription in words") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    append(store, "a", "1").value();
    auto reader = open_store({.dir = folder.path(), .read_only = true});
    const auto refused = reader.subscribe(Region::all(), 1);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::read_only);
    CHECK(refused.error().message().find("cursor") != std::string::npos);
}

TEST_CASE("whoever appends, notes come in the order of the ledger, and what is missing was counted") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path(), .durability = log::Durability::os()});
    constexpr std::size_t kThreads = 4;
    constexpr std::size_t kEach = 500;
    const std::size_t capacity = GENERATE(std::size_t{20}, kThreads * kEach);
    auto subscription = store.subscribe(Region::all(), capacity).value();
    std::vector<std::uint64_t> found;
    std::thread reads{[&] {
        while (auto note = subscription.next()) found.push_back(note->global_sequence);
    }};
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            for (std::size_t i = 0; i < kEach; ++i) append(store, "e" + std::to_string(t), "1").value();
        });
    }
    for (std::thread& thread : threads) thread.join();
    must(store.close());
    reads.join();
    CHECK(std::is_sorted(found.begin(), found.end()));
    CHECK(std::adjacent_find(found.begin(), found.end()) == found.end());
    CHECK(found.size() + subscription.dropped() == kThreads * kEach);
    if (capacity == kThreads * kEach) CHECK(subscription.dropped() == 0);
}

TEST_CASE("subscriptions and cursors come and go while events are delivered") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path(), .durability = log::Durability::os()});
    std::atomic<bool> stop{false};
    std::thread appends{[&] {
        while (!stop) append(store, "a", "1").value();
    }};
    std::vector<std::thread> come_and_go;
    for (int t = 0; t < 2; ++t) {
        come_and_go.emplace_back([&] {
            for (int i = 0; i < 200; ++i) {
                auto subscription = store.subscribe(Region::all(), 4).value();
                Cursor cursor = store.cursor(Region::of_entity("a"), store.size());
                subscription.next().value();
                cursor.next().value();
            }
        });
    }
    for (std::thread& thread : come_and_go) thread.join();
    stop = true;
    appends.join();
    CHECK(store.size() > 0);
}
