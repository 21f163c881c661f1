// Many threads at one store, on a disk that fills up and empties in between.
#include <atomic>
#include <log_simulated_disk.hpp>
#include <map>
#include <mutex>
#include <store_support.hpp>
#include <thread>

using namespace station;
using namespace station::ledger;
using namespace station::ledger::test;
using ::station::test::SimulatedDisk;

namespace {

StoreConfig config_on(SimulatedDisk& disk, std::uint64_t checkpoint_every) {
    StoreConfig config;
    config.dir = "/data";
    config.disk = &disk;
    config.segment_bytes = 65536;
    config.checkpoint_every = checkpoint_every;
    return config;
}

// What the threads were promised.
class Promises {
  public:
    void add(const AppendReceipt& receipt) {
        const std::lock_guard lock{mutex_};
        receipts_.push_back(receipt);
    }
    std::vector<AppendReceipt> all() const {
        const std::lock_guard lock{mutex_};
        return receipts_;
    }
    std::optional<AppendReceipt> any(std::uint64_t number) const {
        const std::lock_guard lock{mutex_};
        return receipts_.empty() ? std::nullopt : std::optional{receipts_[number % receipts_.size()]};
    }

  private:
    mutable std::mutex mutex_;
    std::vector<AppendReceipt> receipts_;
};

bool same(const AppendReceipt& receipt, const StoredEvent& event) {
    return receipt.event_id == event->header.event_id && receipt.sequence == event->header.position.sequence &&
           receipt.global_sequence == event.global_sequence() && receipt.position == event->header.position &&
           receipt.event_hash == event->event_hash;
}

// The chain of an entity, dense and whole.
bool is_whole(const Result<EventList>& stream) {
    std::uint64_t sequence = 0;
    Hash before{};
    bool whole = stream.has_value();
    const auto read = stream->for_each([&](const StoredEvent& event) {
        whole = whole && event->header.position.sequence == sequence++ && event->prev_hash == before;
        before = event->event_hash;
    });
    return whole && read;
}

void check(Store& store, const Promises& promises) {
    std::size_t kept = 0;
    for (const AppendReceipt& receipt : promises.all()) {
        const auto event = store.get(receipt.event_id);
        kept += event && same(receipt, *event);
    }
    CHECK(kept == promises.all().size());
    std::map<EventId, int> keys;
    int hidden_or_twice = 0;
    REQUIRE(store.query(Region::all()).value().for_each([&](const StoredEvent& event) {
        if (event->idempotency_key && ++keys[*event->idempotency_key] > 1) ++hidden_or_twice;
    }));
    CHECK(hidden_or_twice == 0);
    CHECK(is_whole(store.stream("counter")));
    CHECK(is_whole(store.stream("keyed")));
    const auto values = payloads(store.stream("counter"));
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < values.size(); ++i) wrong += values[i] != std::to_string(i + 1);
    CHECK(wrong == 0);
}

// Reads the last value, and appends the next one where nobody was faster. False: somebody was, or the disk is full.
bool increment(Store& store, Promises& promises, std::atomic<int>& refused) {
    const auto last = store.last("counter");
    if (!last) return false;
    const auto expect = *last ? Expect::exactly((**last)->header.position.sequence) : Expect::none();
    const int value = *last ? std::stoi(pack_to_json((**last)->payload).value()) + 1 : 1;
    const auto receipt = append(store, "counter", std::to_string(value), {.expect = expect});
    if (receipt) {
        promises.add(*receipt);
        return true;
    }
    if (receipt.error().code == log::Errc::disk_full) ++refused;
    return false;
}

// Four threads have the same keys. It goes on until its key is there.
void append_with_key(Store& store, const EventId& key, Promises& promises, std::atomic<int>& refused) {
    for (;;) {
        const auto receipt = append(store, "keyed", "1", {.idempotency_key = key});
        if (receipt) return promises.add(*receipt);
        if (receipt.error().code != log::Errc::disk_full) return;
        ++refused;
    }
}

}  // namespace

TEST_CASE("64 threads by compare-and-swap and by keys, and the disk fills up in between") {
    constexpr std::size_t kThreads = 64;
    constexpr std::size_t kEach = 12;
    SimulatedDisk disk{7};
    Promises promises;
    {
        auto store = open_store(config_on(disk, 50));
        std::atomic<int> refused{0};
        std::atomic<std::size_t> done{0};
        std::vector<std::thread> threads;
        for (std::size_t t = 0; t < kThreads; ++t) {
            threads.emplace_back([&, t] {
                for (std::size_t i = 0; i < kEach; ++i) {
                    if (t % 2 == 0) {
                        while (!increment(store, promises, refused)) std::this_thread::yield();
                    } else {
                        append_with_key(store, id_of(t / 8 * 1000 + i), promises, refused);
                    }
                    ++done;
                }
            });
        }
        for (int fill = 1; fill <= 3; ++fill) {
            while (done < kThreads * kEach * static_cast<std::size_t>(fill) / 5) std::this_thread::yield();
            const int before = refused;
            disk.set_space(0);
            while (refused < before + 20) std::this_thread::yield();
            disk.set_space(~std::uint64_t{0});
        }
        for (std::thread& thread : threads) thread.join();
        CHECK(promises.all().size() == kThreads * kEach);
        check(store, promises);
        CHECK(store.stream("counter").value().size() == kThreads / 2 * kEach);
        CHECK(store.stream("keyed").value().size() == kThreads / 8 * kEach);
    }
    auto store = open_store(config_on(disk, 50));
    check(store, promises);
}

TEST_CASE("readers beside appends and checkpoints see every event that was acknowledged, and whole chains") {
    SimulatedDisk disk{8};
    Promises promises;
    auto store = open_store(config_on(disk, 10));
    std::atomic<bool> done{false};
    std::atomic<std::uint64_t> wrong{0};
    std::atomic<std::uint64_t> rounds{0};
    std::vector<std::thread> readers;
    for (std::uint64_t r = 0; r < 3; ++r) {
        readers.emplace_back([&, r] {
            for (std::uint64_t number = r; !done; number += 7919) {
                const auto promised = promises.any(number);
                if (!promised) continue;
                const auto event = store.get(promised->event_id);
                if (!event || !same(*promised, *event)) ++wrong;
                const auto stream = store.stream(event ? (*event)->entity : "none");
                if (!is_whole(stream) || stream->size() <= promised->sequence) ++wrong;
                const auto all = store.query(Region::all());
                if (!all || all->size() <= promised->global_sequence) ++wrong;
                ++rounds;
            }
        });
    }
    std::vector<std::thread> appenders;
    for (int t = 0; t < 4; ++t) {
        appenders.emplace_back([&, t] {
            for (int i = 0; i < 100; ++i) {
                const auto receipt = append(store, "entity:" + std::to_string((t + i) % 5), "1");
                if (receipt) promises.add(*receipt);
                if (i % 25 == 0 && !store.compact()) ++wrong;
            }
        });
    }
    for (std::thread& appender : appenders) appender.join();
    while (rounds < 30) std::this_thread::yield();
    done = true;
    for (std::thread& reader : readers) reader.join();
    CHECK(wrong == 0);
    CHECK(promises.all().size() == 400);
    check(store, promises);
}
