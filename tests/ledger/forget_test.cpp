#include <filesystem>
#include <fstream>
#include <iterator>
#include <station/ledger/store/detail/entity_keys.hpp>
#include <store_support.hpp>
#include <thread>

using namespace station;
using namespace station::ledger;
using namespace station::ledger::test;

namespace {

const AppendOptions kErasable{.erasable = true};

std::string text_of(Store& store, const StoredEvent& event) {
    const auto payload = store.payload(event);
    if (!payload) return payload.error().message();
    switch (payload->state()) {
        case Payload::State::erased: return "erased";
        case Payload::State::no_key: return "no key";
        default: return pack_to_json(payload->bytes()).value();
    }
}

std::vector<std::string> texts(Store& store, std::string_view entity) {
    std::vector<std::string> found;
    const auto events = store.stream(entity).value();
    for (std::size_t i = 0; i < events.size(); ++i) found.push_back(text_of(store, events.read(i).value()));
    return found;
}

// Of all files of the folder, what they hold.
std::string all_bytes(const log::Path& folder) {
    std::string bytes;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream file{entry.path(), std::ios::binary};
        bytes.append(std::istreambuf_iterator<char>{file}, {});
    }
    return bytes;
}

}  // namespace

TEST_CASE("what an erasable entity says is read as it was, and can be forgotten") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    const std::string secret = "\"a secret nobody else may read\"";
    REQUIRE(append(store, "user:1", secret, kErasable));
    REQUIRE(append(store, "user:1", "2"));  // one that is erasable stays so
    REQUIRE(append(store, "user:2", "\"another one\"", kErasable));
    REQUIRE(append(store, "plain", "3"));
    CHECK(texts(store, "user:1") == Texts{secret, "2"});
    CHECK(all_bytes(folder.path()).find("a secret nobody") == std::string::npos);

    CHECK(append(store, "plain", "4", kErasable).error().code == Errc::not_erasable);
    CHECK(store.forget("plain").error().code == Errc::not_erasable);
    CHECK(store.forget("nobody").error().code == Errc::not_found);
    const std::uint64_t size = store.size();

    CHECK(store.forget("user:1").value());
    CHECK(store.size() == size + 1);
    CHECK_FALSE(store.forget("user:1").value());
    CHECK(store.size() == size + 1);
    CHECK(texts(store, "user:1") == Texts{"erased", "erased", "null"});
    CHECK(texts(store, "user:2") == Texts{"\"another one\""});

    REQUIRE(append(store, "user:1", "5"));
    CHECK(texts(store, "user:1") == Texts{"erased", "erased", "null", "5"});
    REQUIRE(store.close());
    store = open_store({.dir = folder.path()});
    CHECK(texts(store, "user:1") == Texts{"erased", "erased", "null", "5"});
    REQUIRE(append(store, "user:1", "6"));
    CHECK(store.forget("user:1").value());
    CHECK(texts(store, "user:1") == Texts{"erased", "erased", "null", "erased", "erased", "null"});
}

TEST_CASE("a crash between ERASED and its key is finished at the next start") {
    const TemporaryFolder folder;
    const log::Path keys = folder.path() / "topics/ledger/keys.db";
    {
        auto store = open_store({.dir = folder.path()});
        REQUIRE(append(store, "user:1", "\"said\"", kErasable));
        REQUIRE(store.close());
        std::filesystem::copy_file(keys, folder.path() / "keys.copy");
        store = open_store({.dir = folder.path()});
        REQUIRE(store.forget("user:1"));
    }
    std::filesystem::rename(folder.path() / "keys.copy", keys);
    EntityKeys before{keys, true};
    CHECK(before.find("user:1", std::nullopt).value());
    auto store = open_store({.dir = folder.path()});
    CHECK(texts(store, "user:1") == Texts{"erased", "null"});
    EntityKeys after{keys, true};
    CHECK_FALSE(after.find("user:1", std::nullopt).value());
}

TEST_CASE("without its key an entity can be read but for what it says, and takes nothing") {
    const TemporaryFolder folder;
    {
        auto store = open_store({.dir = folder.path()});
        REQUIRE(append(store, "user:1", "1", kErasable));
    }
    std::filesystem::remove(folder.path() / "topics/ledger/keys.db");
    auto store = open_store({.dir = folder.path()});
    CHECK(texts(store, "user:1") == Texts{"no key"});
    CHECK(append(store, "user:1", "2").error().code == Errc::no_key);
    CHECK(store.size() == 1);
    CHECK(append(store, "user:2", "2", kErasable));
}

TEST_CASE("a batch may begin an erasable entity, and a retry of it gets its receipts") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    const auto one = pack("1");
    const auto two = pack("2");
    const std::vector<NewEvent> batch{{at("user:1"), kNoted, one, {.idempotency_key = id_of(1), .erasable = true}},
                                      {at("user:1"), kNoted, two, {}}};
    const auto receipts = store.append_batch(batch);
    REQUIRE(receipts);
    CHECK(texts(store, "user:1") == Texts{"1", "2"});
    const auto again = store.append_batch(batch);
    REQUIRE(again);
    CHECK(again->at(1).event_id == receipts->at(1).event_id);
    CHECK(hash_of(*store.get(receipts->at(1).event_id).value()) == receipts->at(1).event_hash);
}

TEST_CASE("the keys' file is its owner's alone") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    REQUIRE(append(store, "user:1", "1", kErasable));
    const auto mode = std::filesystem::status(folder.path() / "topics/ledger/keys.db").permissions();
    CHECK(mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("appends beside forgetting are readable or erased, and never lost") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path(), .durability = log::Durability::os()});
    REQUIRE(append(store, "user:1", "0", kErasable));
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 25; ++i) CHECK_NOTHROW(append(store, "user:1", "1").value());
        });
    }
    for (int i = 0; i < 10; ++i) CHECK_NOTHROW(store.forget("user:1").value());
    for (std::thread& thread : threads) thread.join();
    bool erased_before = true;
    const auto found = texts(store, "user:1");
    std::size_t said = 0;
    for (auto text = found.rbegin(); text != found.rend(); ++text) {
        if (*text == "null") {
            erased_before = false;  // all before it is gone
            continue;
        }
        ++said;
        if (!erased_before) CHECK(*text == "erased");
        if (erased_before) CHECK(*text == "1");
    }
    CHECK(said == 101);
}
