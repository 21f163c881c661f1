#include <filesystem>
#include <store_support.hpp>
#include <thread>

using namespace station;
using namespace station::ledger;
using namespace station::ledger::test;

TEST_CASE("a snapshot is the ledger as it was, while appends go on, and opens like one") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path() / "live", .durability = log::Durability::os()});
    CHECK(store.diagnostics() == "open");
    for (int i = 0; i < 300; ++i) append(store, "a:" + std::to_string(i % 5), std::to_string(i)).value();
    std::atomic<bool> done{false};
    std::thread appending{[&] {
        while (!done.load()) CHECK_NOTHROW(append(store, "b", "1").value());
    }};
    const Head before = store.head().value();
    REQUIRE(store.snapshot(folder.path() / "copy"));
    done = true;
    appending.join();
    auto copy = open_store({.dir = folder.path() / "copy"});
    const Head head = copy.head().value();
    CHECK(head.size >= before.size);
    CHECK(check_extension(copy.prove_extension(before.size).value(), before, head));
    CHECK(check_extension(store.prove_extension(head.size).value(), head, store.head().value()));
    CHECK(payloads(copy.stream("a:1")) == payloads(store.stream("a:1")));
    CHECK(append(copy, "a:1", "1").value().sequence == 60);
    CHECK(store.snapshot(folder.path() / "copy").error().code == log::Errc::locked);
    REQUIRE(copy.close());
    CHECK(copy.diagnostics() == "closed");
    CHECK(store.snapshot(folder.path() / "copy").error().code == Errc::snapshot_exists);
}

TEST_CASE("a snapshot can't be read further than the keys that it is given") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path() / "live"});
    const auto event = append(store, "user:1", "\"said\"", {.erasable = true}).value();
    REQUIRE(store.snapshot(folder.path() / "copy"));
    {
        auto copy = open_store({.dir = folder.path() / "copy", .read_only = true});
        CHECK(copy.diagnostics() == "read_only");
        CHECK(copy.payload(copy.get(event.event_id).value()).value().state() == Payload::State::no_key);
    }
    REQUIRE(store.snapshot_keys(folder.path() / "copy"));
    CHECK(store.snapshot_keys(folder.path() / "copy").error().code == std::errc::file_exists);
    auto copy = open_store({.dir = folder.path() / "copy", .read_only = true});
    CHECK(copy.payload(copy.get(event.event_id).value()).value().plain());
}
