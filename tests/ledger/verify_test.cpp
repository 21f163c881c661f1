#include <functional>
#include <station/ledger/store/verify.hpp>
#include <store_support.hpp>

using namespace station;
using namespace station::ledger;
using namespace station::ledger::test;

namespace {

// One event, as somebody writes it who knows the format: all of it can be wrong, and its hashes still be right.
struct Forged {
    std::string entity = "a";
    std::string payload = "1";
    Position position = {};         // the sequence is added to the right one
    std::int64_t timestamp_us = 0;  // 0: the right one, as for wall_ms
    std::optional<BatchMark> batch = {};
    std::optional<Hash> prev_hash = {};                      // nullopt: the right one
    std::optional<EventId> id = {};                          // in the header; nullopt: the right one
    std::function<void(std::vector<std::byte>&)> edit = {};  // of the record, afterwards
    std::string log_headers = {};
    std::optional<EventId> key = {};
};

class Forgery {
  public:
    explicit Forgery(const log::Path& dir) : dir_(dir) {
        log::BusConfig config;
        config.dir = dir;
        bus_.emplace(log::Bus::open(std::move(config)).value());
        topic_.emplace(bus_->topic("ledger").value().claim().value());
    }

    // An event that is right in all that is not forged: the sequence is counted, and so is the moment.
    void add(Forged forged) {
        Chain& chain = chains_[forged.entity];
        const std::uint64_t offset = next_++;
        const std::int64_t time = 1'000'000'000'000'000'000 + static_cast<std::int64_t>(offset) * 1'000'000;
        EventHeader header;
        header.position = forged.position;
        header.timestamp_us = forged.timestamp_us;
        const EventId id = id_of(offset + 1);
        header.event_id = forged.id.value_or(id);
        header.correlation_id = id;
        if (header.timestamp_us == 0) header.timestamp_us = time / 1000;
        if (header.position.wall_ms == 0) header.position.wall_ms = static_cast<std::uint64_t>(time) / 1'000'000;
        header.position.sequence += chain.next++;
        const auto payload = pack(forged.payload);
        EventEncoder encoder{forged.entity, "bank", Bytes{payload}};
        Hash hash;
        const Bytes bytes =
            encoder.encode(header, forged.prev_hash.value_or(chain.last), forged.key, forged.batch, hash);
        chain.last = hash;
        std::vector<std::byte> record(bytes.begin(), bytes.end());
        if (forged.edit) forged.edit(record);
        const log::Stamp stamp{id, time, offset};
        std::vector<log::Receipt> receipts;
        const auto packed =
            forged.log_headers.empty() ? std::vector<std::byte>{} : log::encode_headers({{forged.log_headers, "x"}});
        const log::Message message{Bytes{record}, Bytes{packed}, &stamp};
        REQUIRE_FALSE(topic_->publish_batch({&message, 1}, receipts));
    }

    // What was added of this entity since then never counted.
    void take_back(const std::string& entity, std::uint64_t events, const Hash& last) {
        chains_[entity].next -= events;
        chains_[entity].last = last;
    }
    Hash last(const std::string& entity) { return chains_[entity].last; }

    Verdict verdict(std::optional<Head> head = {}) {
        VerifyConfig config;
        config.dir = dir_;
        config.head = std::move(head);
        return verify(config).value();
    }

  private:
    struct Chain {
        Hash last;
        std::uint64_t next = 0;
    };
    log::Path dir_;
    std::optional<log::Bus> bus_;
    std::optional<log::Topic> topic_;
    std::map<std::string, Chain> chains_;
    std::uint64_t next_ = 0;
};

// Two events that are right, then a forged one of entity "a", and one behind it.
Verdict verdict_on(Forged forged) {
    const TemporaryFolder folder;
    Forgery forgery{folder.path()};
    forgery.add({.payload = "\"first\""});
    forgery.add({.entity = "b"});
    forgery.add(std::move(forged));
    forgery.add({.entity = "b"});
    return forgery.verdict();
}

void names(const Verdict& verdict, std::string_view what, std::uint64_t sequence = 1) {
    REQUIRE(verdict.wrong);
    CHECK(verdict.wrong->global_sequence == 2);
    CHECK(verdict.wrong->entity == "a");
    CHECK(verdict.wrong->sequence == sequence);
    CHECK(verdict.wrong->what == what);
    CHECK(verdict.records == 3);
}

// Changes one byte of where `text` is found first.
std::function<void(std::vector<std::byte>&)> spoil(std::string text, std::size_t behind) {
    return [text = std::move(text), behind](std::vector<std::byte>& record) {
        const std::string_view all = log::as_text(Bytes{record});
        const std::size_t at = all.find(text);
        REQUIRE(at != std::string_view::npos);
        record[at + text.size() + behind] ^= std::byte{1};
    };
}

}  // namespace

TEST_CASE("a sound ledger is sound, empty or not, and its records are counted") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    VerifyConfig config;
    config.dir = folder.path();
    CHECK_FALSE(verify(config)->wrong);
    for (int i = 0; i < 100; ++i) REQUIRE(append(store, "account:" + std::to_string(i % 7), std::to_string(i)));
    std::vector<Hash> hashes;
    config.event_hash = [&](const Hash& hash) { hashes.push_back(hash); };
    const auto verdict = verify(config);  // beside the store that has it open
    REQUIRE(verdict);
    CHECK_FALSE(verdict->wrong);
    CHECK(verdict->records == 100);
    CHECK(verdict->entities == 7);
    CHECK(verdict->hidden == 0);
    CHECK(hashes.size() == 100);
    CHECK(hashes.front() == (*store.query(Region::all())->read(0))->event_hash);
}

TEST_CASE("what is not there can't be verified") {
    const TemporaryFolder folder;
    VerifyConfig config;
    config.dir = folder.path() / "nothing";
    CHECK(verify(config).error().code == log::Errc::no_bus);
    auto store = open_store({.dir = folder.path()});
    config.dir = folder.path();
    config.ledger = "another";
    CHECK(verify(config).error().code == log::Errc::no_such_topic);
}

TEST_CASE("a forged event is named, with what is wrong") {
    CHECK_FALSE(verdict_on({}).wrong);
    SECTION("content") {
        names(verdict_on({.payload = "\"0123456789\"", .edit = spoil("012345", 0)}),
              "its content hash is not the one of its payload");
    }
    SECTION("hash") {
        names(verdict_on({.edit = spoil("event_hash\xc4\x20", 5)}), "its event hash is not the one of what it says");
    }
    SECTION("entity") {
        const auto verdict = verdict_on({.edit = spoil("entity\xa1", 0)});
        REQUIRE(verdict.wrong);
        CHECK(verdict.wrong->what == "its event hash is not the one of what it says");
    }
    SECTION("chain") {
        names(verdict_on({.prev_hash = Hash{}}), "it does not go on from the entity's event before it");
    }
    SECTION("sequence") {
        names(verdict_on({.position = {.sequence = 1}}), "its sequence is not the entity's next one", 2);
    }
    SECTION("id") { names(verdict_on({.id = id_of(77)}), "its id is not the one of its record"); }
    SECTION("time") { names(verdict_on({.timestamp_us = 5}), "its time is not the one of its record"); }
    SECTION("wall_ms") { names(verdict_on({.position = {.wall_ms = 5}}), "its wall_ms is not its time"); }
    SECTION("counter") {
        names(verdict_on({.position = {.counter = 1}}), "its counter is not the next one of its moment");
    }
    SECTION("depth") {
        names(verdict_on({.position = {.depth = 1}}), "its depth or lane is not 0");
        names(verdict_on({.position = {.lane = 1}}), "its depth or lane is not 0");
    }
    SECTION("batch") { names(verdict_on({.batch = BatchMark{0, 3}}), "its batch has begun elsewhere"); }
    SECTION("headers") { names(verdict_on({.log_headers = "k"}), "its record has headers"); }
    SECTION("no event at all") {
        const auto verdict = verdict_on({.edit = [](std::vector<std::byte>& record) { record.resize(1); }});
        REQUIRE(verdict.wrong);
        CHECK(verdict.wrong->global_sequence == 2);
        CHECK_FALSE(verdict.wrong->sequence);
    }
}

TEST_CASE("a batch without an end is hidden, and chains go on from before it") {
    const TemporaryFolder folder;
    Forgery forgery{folder.path()};
    forgery.add({});
    const Hash before = forgery.last("a");
    forgery.add({.batch = BatchMark{1, 3}});
    forgery.add({.entity = "new", .batch = BatchMark{1, 3}});
    forgery.take_back("a", 1, before);
    forgery.take_back("new", 1, Hash{});
    forgery.add({});
    auto verdict = forgery.verdict();
    CHECK_FALSE(verdict.wrong);
    CHECK(verdict.hidden == 2);
    CHECK(verdict.entities == 1);

    forgery.add({.batch = BatchMark{4, 2}});
    verdict = forgery.verdict();
    CHECK_FALSE(verdict.wrong);
    CHECK(verdict.hidden == 3);
    forgery.add({.batch = BatchMark{4, 2}});
    verdict = forgery.verdict();
    CHECK_FALSE(verdict.wrong);
    CHECK(verdict.hidden == 2);
    CHECK(verdict.records == 6);
}

TEST_CASE("an idempotency key that comes twice is named, and what is hidden has used none") {
    const TemporaryFolder folder;
    Forgery forgery{folder.path()};
    forgery.add({.key = id_of(7)});
    const Hash before = forgery.last("a");
    forgery.add({.batch = BatchMark{1, 3}, .key = id_of(8)});
    forgery.add({.batch = BatchMark{1, 3}, .key = id_of(9)});
    forgery.take_back("a", 2, before);
    forgery.add({.key = id_of(9)});
    forgery.add({.entity = "b", .key = id_of(8)});
    CHECK_FALSE(forgery.verdict().wrong);

    SECTION("of one before") {
        forgery.add({.entity = "b", .key = id_of(7)});
        const auto verdict = forgery.verdict();
        REQUIRE(verdict.wrong);
        CHECK(verdict.wrong->message() ==
              "event 5 (entity b, sequence 1): its idempotency key is one of an event before it");
    }
    SECTION("of one that took it from a hidden event") {
        forgery.add({.entity = "b", .key = id_of(8)});
        CHECK(forgery.verdict().wrong);
    }
    SECTION("within a batch") {
        forgery.add({.batch = BatchMark{5, 2}, .key = id_of(10)});
        CHECK_FALSE(forgery.verdict().wrong);
        forgery.add({.batch = BatchMark{5, 2}, .key = id_of(10)});
        const auto verdict = forgery.verdict();
        REQUIRE(verdict.wrong);
        CHECK(verdict.wrong->global_sequence == 6);
    }
}

TEST_CASE("the hashes of what is hidden are checked, too") {
    const TemporaryFolder folder;
    Forgery forgery{folder.path()};
    forgery.add({.payload = "\"0123456789\"", .batch = BatchMark{0, 2}, .edit = spoil("012345", 0)});
    CHECK(forgery.verdict().wrong->what == "its content hash is not the one of its payload");
}

TEST_CASE("a head that was kept tells a history cut at its end, or written anew, from the right one") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    VerifyConfig config;
    config.dir = folder.path();
    config.head = store.head().value();
    CHECK_FALSE(verify(config)->wrong);  // of an empty one
    for (int i = 0; i < 5; ++i) REQUIRE(append(store, "a", std::to_string(i)));
    CHECK_FALSE(verify(config)->wrong);
    config.head = store.head().value();
    CHECK_FALSE(verify(config)->wrong);
    REQUIRE(append(store, "a", "5"));
    CHECK_FALSE(verify(config)->wrong);

    const Head good = *config.head;
    const auto wrong = [&](const std::function<void(Head&)>& change) {
        config.head = good;
        change(*config.head);
        const auto verdict = verify(config);
        return verdict->wrong ? verdict->wrong->message() : "sound";
    };
    CHECK(wrong([](Head&) {}) == "sound");
    CHECK(wrong([](Head& head) { head.size = 7; }) ==
          "the head was made of 7 records, and there are 6: the end is cut off");
    CHECK(wrong([](Head& head) { head.size = 6; }) == "the first 6 records are not those that the head was made of");
    CHECK(wrong([](Head& head) { head.root.bytes[3] ^= std::byte{1}; }) ==
          "the first 5 records are not those that the head was made of");
    CHECK(wrong([](Head& head) { head.ledger = "other"; }) == "the head is one of the ledger other");
    CHECK(wrong([](Head& head) { head.origin = id_of(1); }) ==
          "the head is one of another ledger: their first records differ");
    const auto key = SigningKey::generate(folder.path() / "key").value();
    CHECK(wrong([&](Head& head) { head.sign(key); }) == "sound");
    CHECK(wrong([&](Head& head) { head.sign(key), head.signature->bytes[0] ^= std::byte{1}; }) ==
          "the head's signature is wrong");
}

TEST_CASE("a flipped bit in the log is named, as far as the record can still be read") {
    const TemporaryFolder folder;
    {
        // In one moment: their ids begin alike.
        auto store =
            open_store({.dir = folder.path(), .clock = [] { return std::int64_t{1'700'000'000'000'000'000}; }});
        for (int i = 0; i < 5; ++i) REQUIRE(append(store, "account:1", "\"number " + std::to_string(i) + "\""));
    }
    const log::Path segment = folder.path() / "topics" / "ledger" / log::segment_file_name(1);
    auto bytes = log::read_whole(log::posix_disk(), segment).value();
    Texts ids;
    {
        auto store = open_store({.dir = folder.path(), .read_only = true});
        const auto events = store.query(Region::all()).value();
        for (std::size_t i = 0; i < events.size(); ++i) {
            ids.push_back(events.read(i).value()->header.event_id.to_text());
        }
    }
    bytes[bytes.find("number 3")] ^= 1;
    REQUIRE_FALSE(log::replace_whole(log::posix_disk(), segment, log::as_bytes(bytes)));
    VerifyConfig config;
    config.dir = folder.path();
    const auto verdict = verify(config);
    REQUIRE(verdict);
    REQUIRE(verdict->wrong);
    CHECK(verdict->wrong->global_sequence == 3);
    CHECK(verdict->wrong->entity == "account:1");
    CHECK(verdict->wrong->sequence == 3);
    CHECK(verdict->wrong->what.find("the log is damaged: ") == 0);

    // Whichever record the search for another one meets, the others are found.
    auto store = open_store({.dir = folder.path(), .read_only = true});
    for (std::size_t i = 0; i < ids.size(); ++i) {
        CAPTURE(i);
        const auto event = store.get(*EventId::from_text(ids[i]));
        CHECK(event.has_value() == (i != 3));
        if (!event) CHECK(event.error().code == Errc::damaged);
    }
}
