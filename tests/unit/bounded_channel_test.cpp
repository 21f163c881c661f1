#include "catch.hpp"
#include "gate.hpp"
#include "random.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <station/flow/bounded_channel.hpp>
#include <thread>
#include <vector>

// The program is linked so that the queue's calls of malloc() come here.
static thread_local bool is_out_of_memory = false;
static thread_local std::size_t allocated = 0;
extern "C" void* __real_malloc(std::size_t size);
extern "C" void* __wrap_malloc(std::size_t size) {
    allocated += size;
    return is_out_of_memory ? nullptr : __real_malloc(size);
}

namespace station::flow {
namespace {

using Threads = std::vector<std::jthread>;

TEST_CASE("bounded channel: full at its capacity, and a pop makes room for one") {
    BoundedChannel<int> channel{2};
    CHECK(channel.capacity() == 2);
    CHECK(channel.try_push(1) == Push::ok);
    CHECK(channel.try_push(2) == Push::ok);
    CHECK(channel.size() == 2);
    CHECK(channel.try_push(3) == Push::full);
    CHECK(channel.size() == 2);
    CHECK(channel.pop() == 1);
    CHECK(channel.try_push(4) == Push::ok);
    CHECK(channel.try_push(5) == Push::full);
    CHECK(channel.pop() == 2);
    CHECK(channel.pop() == 4);
    CHECK(channel.size() == 0);
}

TEST_CASE("bounded channel: keeps the order of one producer, and takes what can only be moved") {
    constexpr int kItems = 1000;
    BoundedChannel<std::unique_ptr<int>> channel{kItems};
    for (int i = 0; i < kItems; ++i) REQUIRE(channel.try_push(std::make_unique<int>(i)) == Push::ok);
    for (int i = 0; i < kItems; ++i) REQUIRE(**channel.pop() == i);
}

// Between two producers there is no order. The consumers race, too; what each of them gets is still in each producer's.
TEST_CASE("bounded channel: first in, first out for each of several producers") {
    constexpr std::size_t kProducers = 3;
    constexpr int kItems = 5000;
    struct Item {
        std::size_t producer = 0;
        int number = 0;
    };
    BoundedChannel<Item> channel{100};
    std::atomic<int> popped{0};
    std::atomic<int> out_of_order{0};
    Threads consumers;
    for (int i = 0; i < 2; ++i) {
        consumers.emplace_back([&] {
            std::array<int, kProducers> expected{};
            while (const auto item = channel.pop()) {
                ++popped;
                if (item->number < expected[item->producer]) ++out_of_order;
                expected[item->producer] = item->number + 1;
            }
        });
    }
    {
        Threads producers;
        for (std::size_t producer = 0; producer < kProducers; ++producer) {
            producers.emplace_back([&channel, producer] {
                for (int n = 0; n < kItems;) {
                    if (channel.try_push({producer, n}) == Push::ok) {
                        ++n;
                    } else {
                        std::this_thread::yield();
                    }
                }
            });
        }
    }
    channel.close();
    consumers.clear();
    CHECK(popped == static_cast<int>(kProducers) * kItems);
    CHECK(out_of_order == 0);
}

TEST_CASE("bounded channel: a bound that nobody can reach costs no more than what is queued") {
    const std::size_t capacity = GENERATE(std::size_t{100'000}, SIZE_MAX);
    constexpr int kItems = 100;
    const std::size_t before = allocated;
    BoundedChannel<int> channel{capacity};
    for (int i = 0; i < kItems; ++i) REQUIRE(channel.try_push(i) == Push::ok);
    CHECK(allocated - before < capacity);  // bytes
    for (int i = 0; i < kItems; ++i) REQUIRE(channel.pop() == i);
}

TEST_CASE("bounded channel: out of memory it is full, and goes on when there is some again") {
    BoundedChannel<int> channel{10'000};
    const auto push_without_memory = [&channel](int item) {
        is_out_of_memory = true;
        const Push result = channel.try_push(item);
        is_out_of_memory = false;
        return result;
    };
    REQUIRE(push_without_memory(0) == Push::full);
    REQUIRE(channel.size() == 0);

    int next = 0;
    REQUIRE(channel.try_push(next++) == Push::ok);
    while (push_without_memory(next) == Push::ok) ++next;  // into the memory that was taken already
    REQUIRE(channel.size() == static_cast<std::size_t>(next));
    REQUIRE(next < 10'000);

    REQUIRE(channel.try_push(next++) == Push::ok);
    channel.close();
    REQUIRE(push_without_memory(next) == Push::closed);
    for (int i = 0; i < next; ++i) REQUIRE(channel.pop() == i);
    CHECK_FALSE(channel.pop());
}

TEST_CASE("bounded channel: closed, it takes nothing more and gives what it has") {
    BoundedChannel<int> channel{10};
    for (int i = 0; i < 3; ++i) CHECK(channel.try_push(i) == Push::ok);
    channel.close();
    CHECK(channel.try_push(9) == Push::closed);
    for (int i = 0; i < 3; ++i) CHECK(channel.pop() == i);
    for (int i = 0; i < 3; ++i) CHECK_FALSE(channel.pop());
    CHECK(channel.try_push(9) == Push::closed);
    CHECK(channel.size() == 0);
    channel.close();
    CHECK_FALSE(channel.pop());
}

TEST_CASE("bounded channel: full and closed is closed") {
    BoundedChannel<int> channel{1};
    CHECK(channel.try_push(1) == Push::ok);
    channel.close();
    CHECK(channel.try_push(2) == Push::closed);
}

TEST_CASE("bounded channel: abandoned, it takes nothing and gives nothing") {
    const auto item = std::make_shared<int>(7);
    {
        BoundedChannel<std::shared_ptr<int>> channel{10};
        for (int i = 0; i < 3; ++i) CHECK(channel.try_push(item) == Push::ok);
        channel.abandon();
        for (int i = 0; i < 3; ++i) CHECK_FALSE(channel.pop());
        CHECK(channel.try_push(item) == Push::closed);
    }
    CHECK(item.use_count() == 1);
}

TEST_CASE("bounded channel: closed first, it can still be abandoned") {
    BoundedChannel<int> channel{10};
    for (int i = 0; i < 3; ++i) CHECK(channel.try_push(i) == Push::ok);
    channel.close();
    CHECK(channel.pop() == 0);
    channel.abandon();
    CHECK_FALSE(channel.pop());
}

TEST_CASE("bounded channel: the bound holds to the item, however many producers race") {
    constexpr std::size_t kCapacity = 100;
    for (int round = 0; round < 20; ++round) {
        BoundedChannel<int> channel{kCapacity};
        std::atomic<std::size_t> taken{0};
        test::Gate start{4};
        {
            Threads producers;
            for (int i = 0; i < 4; ++i) {
                producers.emplace_back([&] {
                    start.arrive_and_wait();
                    for (int n = 0; n < 200; ++n) taken += channel.try_push(n) == Push::ok ? 1 : 0;
                });
            }
        }
        REQUIRE(taken == kCapacity);
        REQUIRE(channel.size() == kCapacity);
    }
}

// Counted so that it never says more than there is: up after a push, down before a pop.
TEST_CASE("bounded channel: the bound holds while consumers make room") {
    constexpr std::int64_t kCapacity = 4;
    constexpr int kPushes = 20000;
    BoundedChannel<int> channel{kCapacity};
    std::atomic<std::int64_t> inside{0};
    std::atomic<std::int64_t> most{0};
    Threads consumers;
    for (int i = 0; i < 2; ++i) {
        consumers.emplace_back([&] {
            do {
                --inside;
            } while (channel.pop());
        });
    }
    {
        Threads producers;
        for (int i = 0; i < 2; ++i) {
            producers.emplace_back([&] {
                for (int n = 0; n < kPushes; ++n) {
                    if (channel.try_push(n) != Push::ok) continue;
                    const auto now = ++inside;
                    for (auto seen = most.load(); seen < now && !most.compare_exchange_weak(seen, now);) continue;
                }
            });
        }
    }
    channel.close();
    consumers.clear();
    CHECK(most <= kCapacity);
    CHECK(channel.size() == 0);
}

TEST_CASE("bounded channel: every waiting consumer hears of the end") {
    const bool abandon = GENERATE(false, true);
    constexpr std::size_t kConsumers = 8;
    for (int round = 0; round < 100; ++round) {
        BoundedChannel<int> channel{4};
        test::Gate left{kConsumers};
        test::Gate there{kConsumers};
        Threads consumers;
        for (std::size_t i = 0; i < kConsumers; ++i) {
            consumers.emplace_back([&] {
                there.arrive();
                while (channel.pop()) continue;
                left.arrive();
            });
        }
        REQUIRE(there.wait());
        abandon ? channel.abandon() : channel.close();
        REQUIRE(left.wait());
    }
}

// Producers push numbers of their own until they are done or the channel is closed; who got what is counted.
struct Traffic {
    static constexpr std::size_t kProducers = 3;
    static constexpr std::size_t kConsumers = 3;
    static constexpr std::size_t kItems = 400;

    explicit Traffic(std::size_t capacity)
        : channel(capacity), pushed(kProducers * kItems), popped(kProducers * kItems) {}

    void produce(std::size_t producer) {
        for (std::size_t i = producer * kItems; i < (producer + 1) * kItems;) {
            const Push result = channel.try_push(i);
            if (result == Push::closed) return;
            if (result == Push::full) {
                std::this_thread::yield();
                continue;
            }
            pushed[i] = true;
            ++pushes;
            ++i;
        }
    }
    void consume() {
        while (const auto item = channel.pop()) ++popped[*item];
    }
    void run(const std::function<void()>& meanwhile) {
        Threads threads;
        for (std::size_t i = 0; i < kProducers; ++i) threads.emplace_back([this, i] { produce(i); });
        for (std::size_t i = 0; i < kConsumers; ++i) threads.emplace_back([this] { consume(); });
        meanwhile();
    }

    BoundedChannel<std::size_t> channel;
    std::vector<std::atomic<bool>> pushed;
    std::vector<std::atomic<int>> popped;
    std::atomic<std::size_t> pushes{0};
};

TEST_CASE("bounded channel: closed at any moment, nothing is lost and nothing doubled") {
    test::Random random;
    INFO(random.how_to_repeat());
    for (int round = 0; round < 60; ++round) {
        Traffic traffic{random.between(1, 64)};
        const std::size_t close_after = random.between(0, Traffic::kProducers * Traffic::kItems);
        traffic.run([&] {
            while (traffic.pushes < close_after) std::this_thread::yield();
            traffic.channel.close();
        });
        for (std::size_t i = 0; i < traffic.popped.size(); ++i) {
            CAPTURE(round, i);
            REQUIRE(traffic.popped[i] == (traffic.pushed[i] ? 1 : 0));
        }
        REQUIRE(traffic.channel.size() == 0);
    }
}

TEST_CASE("bounded channel: abandoned at any moment, everybody leaves and nothing is doubled") {
    test::Random random;
    INFO(random.how_to_repeat());
    for (int round = 0; round < 60; ++round) {
        Traffic traffic{random.between(1, 64)};
        const std::size_t abandon_after = random.between(0, Traffic::kProducers * Traffic::kItems);
        traffic.run([&] {
            while (traffic.pushes < abandon_after) std::this_thread::yield();
            traffic.channel.abandon();
        });
        for (std::size_t i = 0; i < traffic.popped.size(); ++i) {
            CAPTURE(round, i);
            REQUIRE(traffic.popped[i] <= (traffic.pushed[i] ? 1 : 0));
        }
    }
}

}  // namespace
}  // namespace station::flow
