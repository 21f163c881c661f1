#include <fstream>
#include <log_simulated_disk.hpp>
#include <map>
#include <random.hpp>
#include <station/ledger/store/detail/reactor_position.hpp>
#include <station/ledger/store/reactor.hpp>
#include <thread>
#include <views_support.hpp>

using namespace station;
using namespace station::ledger;
using namespace station::ledger::test;
using station::test::SimulatedDisk;

namespace {

const Region kDeposits = Region::of_kind(kDeposited);

// Two events for each, which say what they are about.
std::vector<Reaction> two_notes(const StoredEvent& cause) {
    const auto payload = pack('"' + cause->header.event_id.to_text() + '"');
    return {{at("notes", "out"), kNoted, payload}, {at("notes:more", "out"), kNoted, payload}};
}

// How often each cause has been reacted to.
std::map<std::string, int> reactions_in(const Store& store, std::string_view entity = "notes") {
    std::map<std::string, int> count;
    for (const std::string& cause : payloads(store.stream(entity))) ++count[cause];
    return count;
}

void check_once_each(const Store& store) {
    const auto first = reactions_in(store);
    CHECK(first == reactions_in(store, "notes:more"));
    const auto causes = store.query(kDeposits).value();
    CHECK(first.size() == causes.size());
    for (const auto& [cause, count] : first) CHECK(count == 1);
}

std::filesystem::path position_file(const TemporaryFolder& folder) {
    const auto reactors = folder.path() / "topics" / "ledger" / "reactors";
    REQUIRE(std::filesystem::exists(reactors));
    return std::filesystem::directory_iterator { reactors } -> path();
}

}  // namespace

TEST_CASE("what follows from an event is one batch with its correlation, its cause and one key") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    const auto cause = append(store, "a", "1", {.correlation_id = id_of(7)}).value();
    auto reactor = store.react("twice", kDeposits, two_notes).value();
    CHECK(reactor.catch_up().value() == 1);
    CHECK(reactor.position() == 3);
    const auto first = store.find_key(reaction_key(cause.event_id, "twice")).value();
    REQUIRE(first);
    CHECK((*first)->entity == "notes");
    CHECK((*first)->header.correlation_id == id_of(7));
    CHECK((*first)->header.causation_id == cause.event_id);
    CHECK((*first)->batch == BatchMark{1, 2});
    const auto second = store.last("notes:more").value();
    REQUIRE(second);
    CHECK((*second)->header.correlation_id == id_of(7));
    CHECK((*second)->header.causation_id == cause.event_id);
    CHECK_FALSE((*second)->idempotency_key);
    CHECK((*second)->batch == BatchMark{1, 2});
    CHECK(reactor.catch_up().value() == 0);
    CHECK(store.size() == 3);
    // What is kept is not behind the last event that it has read or appended: others may stand there after a power cut.
    append(store, "a", "2").value();
    for (int i = 0; i < 3; ++i) store.append(at("other"), kNoted, Bytes{pack("1")}).value();
    CHECK(reactor.catch_up().value() == 1);
    CHECK(reactor.position() == 9);
    CHECK(store.react("twice", kDeposits, two_notes).value().position() == 4);
    CHECK(store.react("", kDeposits, two_notes).error().code == Errc::bad_config);
    auto reader = open_store({.dir = folder.path(), .read_only = true});
    CHECK(reader.react("twice", kDeposits, two_notes).error().code == Errc::read_only);
}

TEST_CASE("the key is the first 16 bytes of BLAKE3 of the event's id and the reactor's name") {
    const std::string bytes = std::string(15, '\0') + '\7' + "welcome";
    const Hash whole = blake3(log::as_bytes(bytes));
    const EventId key = reaction_key(id_of(7), "welcome");
    CHECK(std::equal(key.bytes().begin(), key.bytes().end(), whole.bytes.begin()));
}

TEST_CASE("a reactor goes on where it stopped, and does nothing twice where its position is lost or wrong") {
    const TemporaryFolder folder;
    int asked = 0;
    const auto counts = [&](const StoredEvent& cause) {
        ++asked;
        return two_notes(cause);
    };
    const auto work = [&](std::string_view name, const Region& region) {
        auto store = open_store({.dir = folder.path()});
        append(store, "a", "1").value();
        auto reactor = store.react(name, region, counts).value();
        const auto done = reactor.catch_up().value();
        if (name == "one") check_once_each(store);
        return done;
    };
    CHECK(work("one", kDeposits) == 1);
    CHECK(work("one", kDeposits) == 1);
    CHECK(asked == 2);
    // Lost.
    std::filesystem::remove(position_file(folder));
    CHECK(work("one", kDeposits) == 3);
    CHECK(asked == 3);
    // Damaged, at any byte.
    std::ifstream in{position_file(folder), std::ios::binary};
    const std::string kept{std::istreambuf_iterator<char>{in}, {}};
    for (std::size_t i = 0; i < kept.size(); i += 9) {
        std::string damaged = kept;
        damaged[i] = static_cast<char>(damaged[i] ^ 1);
        std::ofstream{position_file(folder), std::ios::binary} << damaged;
        auto store = open_store({.dir = folder.path()});
        CHECK(store.react("one", kDeposits, counts).value().position() == 0);
    }
    std::ofstream{position_file(folder), std::ios::binary} << kept;
    // Of another region: what that one passed by is looked at.
    CHECK(work("one", Region::all().with_category(1)) == 4);
    CHECK(asked == 4);
}

TEST_CASE("a position is believed only where the log has what it had read") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    const auto event = append(store, "a", "1").value();
    const detail::ReactorPosition position{*store.core(), "one", kDeposits};
    CHECK(position.load() == 0);
    position.store(1, {0, event.event_hash});
    CHECK(position.load() == 1);
    CHECK(detail::ReactorPosition(*store.core(), "two", kDeposits).load() == 0);
    CHECK(detail::ReactorPosition(*store.core(), "one", Region::all()).load() == 0);
    position.store(1, {0, blake3({})});
    CHECK(position.load() == 0);
    position.store(2, {1, event.event_hash});
    CHECK(position.load() == 0);
}

TEST_CASE("where the key is known the event is done, whatever the function says now") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    const auto cause = append(store, "a", "1").value();
    const auto payload = pack("1");
    // Appended by the reactor of before, which crashed; it said something else.
    const std::vector<NewEvent> before{
        {at("elsewhere"), kNoted, payload, {.idempotency_key = reaction_key(cause.event_id, "one")}}};
    store.append_batch(before).value();
    int asked = 0;
    auto reactor = store.react("one", kDeposits, [&](const StoredEvent& event) {
        ++asked;
        return two_notes(event);
    });
    CHECK(reactor->catch_up().value() == 1);
    CHECK(asked == 0);
    CHECK(store.size() == 2);
    // Another one appends it, with something else, while the function thinks.
    const auto second = append(store, "a", "2").value();
    auto overtaken = store.react("one", kDeposits, [&](const StoredEvent& event) {
        auto other = before;
        other.front().options.idempotency_key = reaction_key(event->header.event_id, "one");
        store.append_batch(other).value();
        return two_notes(event);
    });
    CHECK(overtaken->catch_up().value() == 1);
    CHECK(store.find_key(reaction_key(second.event_id, "one")).value());
    CHECK(reactions_in(store).empty());
}

TEST_CASE("many reactors of one name react once") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path(), .durability = log::Durability::os()});
    std::vector<Reactor> reactors;
    for (int i = 0; i < 4; ++i) {
        reactors.push_back(store
                               .react("one", kDeposits,
                                      [i](const StoredEvent& cause) {
                                          auto reactions = two_notes(cause);
                                          // Each says something else.
                                          for (int more = 0; more < i; ++more)
                                              reactions.push_back({at("more:" + std::to_string(i)), kNoted, pack("1")});
                                          if (i == 3) std::swap(reactions[0], reactions[1]);
                                          return reactions;
                                      })
                               .value());
    }
    std::vector<std::thread> threads;
    for (Reactor& reactor : reactors) threads.emplace_back([&] { must(reactor.run()); });
    for (int i = 0; i < 200; ++i) append(store, "a", "1").value();
    // Whoever is last has waited for the others.
    auto last = store.react("one", kDeposits, two_notes).value();
    CHECK(last.catch_up().value() <= 200);
    for (Reactor& reactor : reactors) reactor.stop();
    for (std::thread& thread : threads) thread.join();
    check_once_each(store);
}

TEST_CASE("from some events nothing follows, and a reactor that fails begins with the same event again") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path()});
    for (int i = 0; i < 3; ++i) append(store, "a", std::to_string(i)).value();
    bool fails = true;
    std::vector<std::string> asked;
    const auto function = [&](const StoredEvent& cause) -> Result<std::vector<Reaction>> {
        asked.push_back(text_of(cause));
        if (asked.back() == "1" && fails) return station::ledger::failed(Errc::not_found, "on purpose");
        if (asked.back() == "0") return std::vector<Reaction>{};
        return std::vector<Reaction>{{at("b"), kNoted, pack("1"), fails ? Expect::exactly(9) : Expect::any()}};
    };
    auto reactor = store.react("one", kDeposits, function).value();
    CHECK(reactor.catch_up().error().code == Errc::not_found);
    CHECK(reactor.position() == 1);
    CHECK(reactor.run().error().code == Errc::not_found);
    fails = false;
    CHECK(reactor.catch_up().value() == 2);
    CHECK(asked == std::vector<std::string>{"0", "1", "1", "1", "2"});
    append(store, "a", "3").value();
    fails = true;
    CHECK(reactor.catch_up().error().code == Errc::sequence_mismatch);
    CHECK(reactor.position() == 5);
    CHECK(store.stream("b").value().size() == 2);
}

TEST_CASE("a reactor may append to what it listens to, and stops when it is told to") {
    const TemporaryFolder folder;
    auto store = open_store({.dir = folder.path(), .durability = log::Durability::os()});
    std::atomic<int> asked{0};
    auto reactor = store
                       .react("for ever", Region::all(),
                              [&](const StoredEvent&) {
                                  ++asked;
                                  append(store, "aside", "1").value();
                                  return std::vector<Reaction>{{at("a"), kDeposited, pack("1")}};
                              })
                       .value();
    reactor.stop();
    CHECK(reactor.run());
    CHECK(asked == 0);
    std::thread runs{[&] { must(reactor.run()); }};
    append(store, "a", "1").value();
    while (asked < 50) std::this_thread::yield();
    reactor.stop();
    runs.join();
    CHECK(reactor.position() > 0);

    auto quiet = store.react("quiet", Region::of_entity("nobody"), two_notes).value();
    std::thread waits{[&] { must(quiet.run()); }};
    quiet.stop();
    waits.join();
    std::error_code ended;
    std::thread again{[&] { ended = quiet.run().error().code; }};
    must(store.close());
    again.join();
    CHECK(ended == Errc::closed);
}

// Everything is there or gone as of a power cut, or the process is killed, at any change of the disk.
TEST_CASE("whatever crashes in between, a reactor reacts once") {
    station::test::Random random;
    INFO(random.how_to_repeat());
    const auto durability = GENERATE(log::Durability::always(), log::Durability::os());
    for (int history = 0; history < 6; ++history) {
        SimulatedDisk disk{random.between(1, 1'000'000)};
        StoreConfig config{.dir = "/data", .durability = durability, .segment_bytes = 4096, .writer_threads = 0};
        config.checkpoint_every = 8;
        config.disk = &disk;
        for (int life = 0; life < 25; ++life) {
            disk.power_on();
            {
                auto store = Store::open(config);
                if (store) {
                    disk.cut_power(random.between(1, 40));
                    auto reactor = store->react("one", kDeposits, two_notes);
                    for (int i = 0; reactor && i < 6; ++i) {
                        append(*store, "a" + std::to_string(i % 3), "1");
                        if (random.chance(0.5) && !reactor->catch_up()) break;
                    }
                }
                random.chance(0.7) ? disk.crash() : disk.kill();
            }
        }
        disk.power_on();
        auto store = open_store(config);
        auto reactor = store.react("one", kDeposits, two_notes).value();
        CHECK(reactor.catch_up());
        CHECK(store.query(kDeposits).value().size() > 0);
        check_once_each(store);
    }
}
