#include <store_support.hpp>
#include <thread>

using namespace station;
using namespace station::ledger;
using namespace station::ledger::test;

TEST_CASE("what is appended is read back, by id, entity, scope and kind") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    const auto first = append(store, "account:1", R"({"amount":5})");
    REQUIRE(first);
    CHECK(first->sequence == 0);
    CHECK(first->global_sequence == 0);
    CHECK_FALSE(first->duplicate);
    const auto second = append(store, "account:1", "7");
    REQUIRE(second);
    CHECK(second->sequence == 1);
    REQUIRE(store.append(at("account:2", "shop"), kNoted, Bytes{pack("\"hello\"")}));

    const auto event = store.get(first->event_id);
    REQUIRE(event);
    CHECK((*event)->entity == "account:1");
    CHECK((*event)->scope == "bank");
    CHECK((*event)->header.event_kind == kDeposited);
    CHECK((*event)->header.correlation_id == first->event_id);
    CHECK_FALSE((*event)->header.causation_id);
    CHECK((*event)->prev_hash == Hash{});
    CHECK((*event)->event_hash == first->event_hash);
    CHECK(hash_of(**event) == first->event_hash);
    CHECK(pack_to_json((*event)->payload) == R"({"amount":5})");
    CHECK(event->global_sequence() == 0);
    CHECK(event->time() / 1000 == (*event)->header.timestamp_us);
    CHECK((*store.get(second->event_id))->prev_hash == first->event_hash);

    CHECK(payloads(store.stream("account:1")) == Texts{R"({"amount":5})", "7"});
    CHECK(payloads(store.by_scope("shop")) == Texts{"\"hello\""});
    CHECK(payloads(store.by_kind(kNoted)) == Texts{"\"hello\""});
    CHECK(payloads(store.query(Region::all().with_prefix("account:"))).size() == 3);
    CHECK(payloads(store.query(Region::all(), 2)).size() == 2);
    CHECK(payloads(store.query(Region::of_entity("account:1").with_sequences(1, 9))) == Texts{"7"});
    CHECK(payloads(store.stream("nobody")).empty());
    CHECK(store.get(id_of(7)).error().code == Errc::not_found);

    const auto walked = store.walk_ancestors(second->event_id, 10);
    REQUIRE(walked);
    REQUIRE(walked->size() == 2);
    CHECK(walked->at(1)->header.event_id == first->event_id);
}

TEST_CASE("an event or a payload that is kept stays as it was while others are read") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    constexpr std::size_t kEvents = 300;
    for (std::size_t i = 0; i < kEvents; ++i) {
        REQUIRE(append(store, "account:" + std::to_string(i % 3), std::to_string(i) + std::string(600, ' ')));
        REQUIRE(append(store, "large", '"' + std::string(1000, 'x') + '"'));
    }
    std::vector<StoredEvent> events;
    std::vector<std::pair<EventId, Payload>> said;
    for (const char* const entity : {"account:0", "account:1", "account:2"}) {
        REQUIRE(store.stream(entity).value().for_each([&](const StoredEvent& event) {
            if (events.size() % 2 == 0) said.emplace_back(event->header.event_id, store.payload(event).value());
            if (events.size() % 5 == 0) events.push_back(event);
            events.push_back(event);
        }));
    }
    for (const StoredEvent& event : events) {
        const auto again = store.get(event->header.event_id);
        REQUIRE(again);
        REQUIRE(event->event_hash == (*again)->event_hash);
        REQUIRE(hash_of(*event) == event->event_hash);
        REQUIRE(blake3(event->payload) == event->header.content_hash);
    }
    for (const auto& [id, payload] : said) {
        const auto again = store.get(id);
        REQUIRE(again);
        REQUIRE(log::as_text(payload.bytes()) == log::as_text((*again)->payload));
    }
}

TEST_CASE("a ledger is there again after it was closed") {
    const TemporaryFolder folder;
    std::vector<AppendReceipt> receipts;
    {
        auto store = open_store({.dir = folder.path()});
        for (int i = 0; i < 50; ++i) {
            receipts.push_back(append(store, "account:" + std::to_string(i % 7), std::to_string(i)).value());
        }
        CHECK(store.close());
        CHECK(append(store, "account:1", "0").error().code == Errc::closed);
        CHECK(store.compact().error().code == Errc::closed);
    }
    auto store = open_store({.dir = folder.path()});
    CHECK(store.size() == 50);
    for (const AppendReceipt& receipt : receipts) {
        const auto event = store.get(receipt.event_id);
        REQUIRE(event);
        CHECK((*event)->header.position == receipt.position);
        CHECK((*event)->event_hash == receipt.event_hash);
    }
    const auto next = append(store, "account:0", "50");
    REQUIRE(next);
    CHECK(next->sequence == 8);
    CHECK(next->global_sequence == 50);
    CHECK((*store.get(next->event_id))->prev_hash == receipts[49].event_hash);
}

TEST_CASE("of two that expect the same last event, one gets it") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    const auto expecting = [&](Expect expect) { return append(store, "a", "1", {.expect = expect}); };
    CHECK(expecting(Expect::exists()).error().code == Errc::sequence_mismatch);
    CHECK(expecting(Expect::exists()).error().message().ends_with("(expected any event, actual none)"));
    CHECK(expecting(Expect::exactly(0)).error().code == Errc::sequence_mismatch);
    CHECK(expecting(Expect::none()));
    const auto again = expecting(Expect::none());
    REQUIRE_FALSE(again);
    CHECK(again.error().code == Errc::sequence_mismatch);
    REQUIRE(again.error().mismatch);
    CHECK(again.error().mismatch->actual == 0);
    CHECK_FALSE(again.error().mismatch->expected);
    CHECK(expecting(Expect::exactly(0)));
    const auto late = expecting(Expect::exactly(0));
    REQUIRE_FALSE(late);
    CHECK(late.error().mismatch->expected == 0);
    CHECK(late.error().mismatch->actual == 1);
    CHECK(expecting(Expect::exists()));
    CHECK(store.size() == 3);
}

TEST_CASE("a key given again returns the first receipt, whatever else is said") {
    const TemporaryFolder folder;
    AppendReceipt first;
    {
        auto store = open_store({.dir = folder.path()});
        first = append(store, "a", "1", {.expect = Expect::none(), .idempotency_key = id_of(1)}).value();
        const auto again = append(store, "a", "2", {.expect = Expect::none(), .idempotency_key = id_of(1)});
        REQUIRE(again);
        CHECK(again->duplicate);
        CHECK(again->event_id == first.event_id);
        CHECK(again->event_hash == first.event_hash);
        CHECK(append(store, "b", "1", {.idempotency_key = id_of(1)}).error().code == Errc::key_reused);
        CHECK(store.append(at("a", "shop"), kDeposited, Bytes{pack("1")}, {.idempotency_key = id_of(1)}).error().code ==
              Errc::key_reused);
    }
    auto store = open_store({.dir = folder.path()});
    const auto again = append(store, "a", "3", {.idempotency_key = id_of(1)});
    REQUIRE(again);
    CHECK(again->duplicate);
    CHECK(again->event_id == first.event_id);
    CHECK(store.size() == 1);
    const auto found = store.find_key(id_of(1));
    REQUIRE(found);
    REQUIRE(*found);
    CHECK((**found)->header.event_id == first.event_id);
    CHECK_FALSE(store.find_key(id_of(2)).value());
}

TEST_CASE("a batch is one: its events see those before them, and its keys answer together") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    const auto payload = pack("1");
    const auto event = [&](std::string_view entity, AppendOptions options) {
        return NewEvent{at(entity), kDeposited, payload, options};
    };
    const std::vector<NewEvent> batch{event("a", {.expect = Expect::none(), .idempotency_key = id_of(1)}),
                                      event("a", {.expect = Expect::exactly(0)}),
                                      event("b", {.idempotency_key = id_of(2)})};
    const auto receipts = store.append_batch(batch);
    REQUIRE(receipts);
    REQUIRE(receipts->size() == 3);
    CHECK(receipts->at(1).sequence == 1);
    CHECK(receipts->at(2).sequence == 0);
    CHECK((*store.get(receipts->at(1).event_id))->batch == BatchMark{0, 3});

    const auto again = store.append_batch(batch);
    REQUIRE(again);
    REQUIRE(again->size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(again->at(i).duplicate);
        CHECK(again->at(i).event_id == receipts->at(i).event_id);
    }
    const std::vector<NewEvent> mixed{event("b", {.idempotency_key = id_of(2)}),
                                      event("b", {.idempotency_key = id_of(3)})};
    CHECK(store.append_batch(mixed).error().code == Errc::key_reused);
    const std::vector<NewEvent> twice{event("c", {.idempotency_key = id_of(9)}),
                                      event("c", {.idempotency_key = id_of(9)})};
    CHECK(store.append_batch(twice).error().code == Errc::bad_batch);
    CHECK(store.append_batch({}).error().code == Errc::bad_batch);
    const std::vector<NewEvent> late{event("d", {}), event("a", {.expect = Expect::exactly(0)})};
    CHECK(store.append_batch(late).error().code == Errc::sequence_mismatch);
    CHECK(store.size() == 3);
    CHECK(store.stream("d").value().empty());
    CHECK(append(store, "d", "1").value().sequence == 0);
}

TEST_CASE("64 threads on one entity by compare-and-swap: every increment is there, none twice") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path(), .durability = log::Durability::os()});
    constexpr int kThreads = 64;
    constexpr int kEach = 20;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < kEach;) {
                const auto last = store.last("counter").value();
                const auto expect = last ? Expect::exactly((*last)->header.position.sequence) : Expect::none();
                const std::string value =
                    last ? std::to_string(std::stoi(pack_to_json((*last)->payload).value()) + 1) : "1";
                const auto appended = append(store, "counter", value, {.expect = expect});
                if (appended) ++i;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    const auto values = payloads(store.stream("counter"));
    REQUIRE(values.size() == kThreads * kEach);
    for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] == std::to_string(i + 1));
}

TEST_CASE("one key from many threads is one event, with the same receipt for all") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    for (std::uint64_t round = 0; round < 20; ++round) {
        std::vector<std::thread> threads;
        std::vector<std::optional<AppendReceipt>> receipts(16);
        for (std::size_t t = 0; t < receipts.size(); ++t) {
            threads.emplace_back([&, t] {
                if (auto receipt = append(store, "a", "1", {.idempotency_key = id_of(round)})) receipts[t] = *receipt;
            });
        }
        for (std::thread& thread : threads) thread.join();
        int firsts = 0;
        for (const auto& receipt : receipts) {
            REQUIRE(receipt);
            CHECK(receipt->event_id == receipts[0]->event_id);
            firsts += receipt->duplicate ? 0 : 1;
        }
        CHECK(firsts == 1);
        CHECK(store.size() == round + 1);
    }
}

TEST_CASE("what can't be an event is refused in words") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path(), .max_payload = 2000});
    CHECK(store.append(at("a"), kinds::bypass, Bytes{pack("1")}).error().code == Errc::reserved_kind);
    CHECK(store.append(at("a"), kinds::erased, Bytes{pack("1")}).error().code == Errc::reserved_kind);
    CHECK(store.append(at("a"), kDeposited, Bytes{}).error().code == Errc::bad_payload);
    const std::vector<std::byte> two(2, std::byte{1});
    CHECK(store.append(at("a"), kDeposited, Bytes{two}).error().code == Errc::bad_payload);
    CHECK(append(store, "a", '"' + std::string(2000, 'x') + '"').error().code == log::Errc::payload_too_large);
    CHECK(store.size() == 0);
    CHECK(append(store, "a", "1").value().sequence == 0);
}

TEST_CASE("the clock may stand still or jump: positions ascend all the same") {
    const TemporaryFolder folder;
    std::int64_t now = 1'700'000'000'123'456'789;
    {
        auto store = open_store({.dir = folder.path(), .clock = [&] { return now; }});
        CHECK(append(store, "a", "1").value().position.counter == 0);
        CHECK(append(store, "b", "1").value().position.counter == 1);
        now -= 1'000'000'000;
        CHECK(append(store, "a", "1").value().position == Position{1'700'000'000'123, 2, 0, 0, 1});
        now += 2'000'000'000;
        CHECK(append(store, "a", "1").value().position == Position{1'700'000'001'123, 0, 0, 0, 2});
    }
    auto store = open_store({.dir = folder.path(), .clock = [&] { return now; }});
    CHECK(append(store, "a", "1").value().position == Position{1'700'000'001'123, 1, 0, 0, 3});
}

TEST_CASE("a store that only reads follows the one that appends") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    append(store, "a", "1").value();
    auto reader = open_store({.dir = folder.path(), .read_only = true});
    CHECK(payloads(reader.stream("a")) == Texts{"1"});
    append(store, "a", "2").value();
    while (payloads(reader.stream("a")).size() == 1) std::this_thread::yield();
    CHECK(payloads(reader.stream("a")) == Texts{"1", "2"});
    CHECK(append(reader, "a", "3").error().code == Errc::read_only);
}
