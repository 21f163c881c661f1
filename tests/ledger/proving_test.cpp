#include <filesystem>
#include <fstream>
#include <store_support.hpp>

using namespace station;
using namespace station::ledger;
using namespace station::ledger::test;

TEST_CASE("a head and a proof of each event hold, at every size, and each head extends all before it") {
    const TemporaryFolder folder;
    std::vector<Head> heads;
    std::vector<AppendReceipt> receipts;
    auto store = open_store({.dir = folder.path()});
    heads.push_back(store.head().value());
    CHECK_FALSE(heads[0].origin);
    for (int i = 0; i < 40; ++i) {
        receipts.push_back(append(store, "account:" + std::to_string(i % 3), std::to_string(i)).value());
        heads.push_back(store.head().value());
        CHECK(heads.back().size == receipts.size());
        CHECK(heads.back().origin == receipts[0].event_id);
        if (i == 20) {
            REQUIRE(store.close());
            store = open_store({.dir = folder.path()});
            CHECK(store.head().value() == heads.back());
        }
    }
    for (const AppendReceipt& receipt : receipts) {
        const auto proof = store.prove(receipt.event_id);
        REQUIRE(proof);
        CHECK(check_inclusion(*proof, heads.back()));
        CHECK_FALSE(check_inclusion(*proof, heads[39]));
        CHECK(check_inclusion(Proof::from_json(proof->to_json()).value(), heads.back()));
    }
    for (const Head& head : heads) {
        const auto extension = store.prove_extension(head.size);
        REQUIRE(extension);
        CHECK(check_extension(*extension, head, heads.back()));
    }
    CHECK(store.prove_extension(41).error().code == Errc::not_found);
    CHECK(store.prove(id_of(1)).error().code == Errc::not_found);
    auto reader = open_store({.dir = folder.path(), .read_only = true});
    CHECK(reader.head().error().code == Errc::read_only);
}

TEST_CASE("a tree file that is damaged or of another ledger is made again") {
    const TemporaryFolder folder;
    const log::Path file = folder.path() / "topics/ledger/index/tree.nodes";
    auto store = open_store({.dir = folder.path(), .durability = log::Durability::os()});
    for (int i = 0; i < 700; ++i) append(store, "a", std::to_string(i)).value();
    const Head head = store.head().value();
    const auto damage = [&](std::uint64_t at) {
        std::fstream bytes{file, std::ios::in | std::ios::out | std::ios::binary};
        bytes.seekp(static_cast<std::streamoff>(at));
        bytes.put('\x55');
    };
    const std::uint64_t size = std::filesystem::file_size(file);
    for (std::uint64_t at = 0; at < size; at += size / 13) {
        CAPTURE(at);
        damage(at);
        for (const std::uint64_t old_size : {1U, 255U, 256U, 600U}) {
            CHECK(store.prove_extension(old_size).value().head == head);
        }
        REQUIRE(store.close());
        damage(at);
        store = open_store({.dir = folder.path()});
        CHECK(store.head().value() == head);
    }
}

TEST_CASE("heads and receipts are signed where the store has a key") {
    const TemporaryFolder folder;
    const SigningKey key = SigningKey::generate(folder.path() / "key").value();
    auto store = open_store({.dir = folder.path() / "data", .signing_key = key});
    const auto receipt = append(store, "a", "1", {.idempotency_key = id_of(1)});
    REQUIRE(receipt);
    REQUIRE(receipt->signature);
    CHECK(receipt->signature->key == key.public_key());
    const std::string text = receipt_text(receipt->event_id, receipt->global_sequence, receipt->event_hash);
    CHECK(receipt->signature->holds_for(text));
    CHECK(append(store, "a", "1", {.idempotency_key = id_of(1)}).value().signature->holds_for(text));
    CHECK(check_signature(store.head().value(), key.public_key()));
    auto hasty = open_store({.dir = folder.path() / "hasty", .durability = log::Durability::os(), .signing_key = key});
    CHECK_FALSE(append(hasty, "a", "1").value().signature);
    CHECK(hasty.head().value().signature);
}
