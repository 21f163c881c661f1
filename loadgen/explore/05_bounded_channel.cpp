// Exercise 5, the piece alone: what BoundedChannel does under threads.
#include <array>
#include <atomic>
#include <loadgen/explore/explore.hpp>
#include <station/flow/bounded_channel.hpp>
#include <thread>
#include <vector>

using namespace station;
using explore::require;
using flow::Push;

namespace {

using Channel = flow::BoundedChannel<int>;

constexpr const char* kConsumers[] = {"consumer 1", "consumer 2"};
constexpr const char* kProducers[] = {"producer 1", "producer 2", "producer 3"};

// Everything that comes, until the end.
void consume(Channel& channel, std::vector<int>& got, const char* name) {
    explore::name(name);
    while (const auto item = channel.pop()) got.push_back(*item);
}

}  // namespace

SCENARIO("two-producers-one-place", "Of two producers one gets the last place, and one is refused") {
    Channel channel{1};
    std::array<Push, 2> answers{};
    {
        std::array<std::jthread, 2> producers;
        for (int i = 0; i < 2; ++i) {
            producers[i] = std::jthread{[&, i] {
                explore::name(kProducers[i]);
                answers[i] = channel.try_push(i);
            }};
        }
    }
    const int taken = (answers[0] == Push::ok) + (answers[1] == Push::ok);
    const int refused = (answers[0] == Push::full) + (answers[1] == Push::full);
    require(taken < 2, "both producers got the one place: two items in a channel for one");
    require(taken == 1 && refused == 1, "neither producer got the place that was there");
    const auto first = channel.pop();
    require(first == (answers[0] == Push::ok ? 0 : 1), "what comes out is not what went in");
}

SCENARIO("three-producers-two-places", "Of three producers two get a place, whoever comes first") {
    Channel channel{2};
    std::atomic<int> taken{0};
    {
        std::array<std::jthread, 3> producers;
        for (int i = 0; i < 3; ++i) {
            producers[i] = std::jthread{[&, i] {
                explore::name(kProducers[i]);
                taken += channel.try_push(i) == Push::ok ? 1 : 0;
            }};
        }
    }
    require(taken <= 2, "three items in a channel for two");
    require(taken == 2, "a place that was there was refused");
}

// Counted so that it never says more than there is: up behind a push, down before a pop.
SCENARIO("the-bound-while-a-consumer-makes-room", "The bound holds while a consumer makes room") {
    Channel channel{1};
    channel.try_push(0);
    std::atomic<int> inside{1};
    std::atomic<int> most{1};
    std::vector<int> got;
    {
        const auto produce = [&](const char* name) {
            explore::name(name);
            if (channel.try_push(1) != Push::ok) return;
            const int now = ++inside;
            if (now > most) most = now;
        };
        const std::jthread first{produce, kProducers[0]};
        const std::jthread second{produce, kProducers[1]};
        explore::name(kConsumers[0]);
        --inside;
        require(channel.pop().has_value(), "an item was queued, and pop() says that the channel has ended");
    }
    require(most <= 1, "two items in a channel for one");
}

SCENARIO("an-item-wakes", "A consumer that is about to sleep, or sleeps, gets the item that is pushed") {
    Channel channel{1};
    std::optional<int> got;
    {
        const std::jthread consumer{[&] {
            explore::name(kConsumers[0]);
            got = channel.pop();
        }};
        explore::name(kProducers[0]);
        require(channel.try_push(7) == Push::ok, "an empty channel refused an item");
    }
    require(got == 7, "the consumer did not get the item that was pushed");
}

SCENARIO("two-items-two-consumers", "Two items wake two consumers") {
    Channel channel{2};
    std::array<std::optional<int>, 2> got;
    {
        std::array<std::jthread, 2> consumers;
        for (int i = 0; i < 2; ++i) {
            consumers[i] = std::jthread{[&, i] {
                explore::name(kConsumers[i]);
                got[i] = channel.pop();
            }};
        }
        explore::name(kProducers[0]);
        require(channel.try_push(1) == Push::ok && channel.try_push(2) == Push::ok, "a place was refused");
    }
    require(got[0].value_or(0) + got[1].value_or(0) == 3, "one item was lost, or came twice");
}

SCENARIO("all-hear-of-the-end", "One item and the end: it comes once, and every consumer hears of the end") {
    Channel channel{2};
    std::array<std::vector<int>, 2> got;
    {
        const std::jthread first{[&] { consume(channel, got[0], kConsumers[0]); }};
        const std::jthread second{[&] { consume(channel, got[1], kConsumers[1]); }};
        explore::name(kProducers[0]);
        require(channel.try_push(7) == Push::ok, "an empty channel refused an item");
        channel.close();
    }
    require(got[0].size() + got[1].size() == 1, "the item was lost, or came twice");
}

SCENARIO("a-push-beside-close", "What was taken while the channel closed still comes, and what was not does not") {
    Channel channel{2};
    Push answer{};
    std::vector<int> got;
    {
        const std::jthread producer{[&] {
            explore::name(kProducers[0]);
            answer = channel.try_push(7);
        }};
        const std::jthread consumer{[&] { consume(channel, got, kConsumers[0]); }};
        explore::name("closer");
        channel.close();
    }
    require(answer != Push::full, "there was room, and the answer was Push::full");
    if (answer == Push::ok) require(got.size() == 1, "an item that was taken never came out");
    if (answer == Push::closed) require(got.empty(), "an item that was refused came out");
    require(channel.try_push(8) == Push::closed, "a closed channel takes items");
}

SCENARIO("a-push-beside-abandon", "An abandoned channel ends for everybody, and takes nothing more") {
    Channel channel{2};
    Push answer{};
    std::array<std::vector<int>, 2> got;
    {
        const std::jthread producer{[&] {
            explore::name(kProducers[0]);
            answer = channel.try_push(7);
        }};
        const std::jthread first{[&] { consume(channel, got[0], kConsumers[0]); }};
        const std::jthread second{[&] { consume(channel, got[1], kConsumers[1]); }};
        channel.abandon();
    }
    require(got[0].size() + got[1].size() <= (answer == Push::ok ? 1u : 0u), "an item came twice, or was refused");
    require(!channel.pop(), "an abandoned channel gives items");
}

SCENARIO("each-producers-order", "Two consumers get the items of each producer in its order, each of them once") {
    Channel channel{4};
    std::array<std::vector<int>, 2> got;
    {
        const std::jthread first{[&] { consume(channel, got[0], kConsumers[0]); }};
        const std::jthread second{[&] { consume(channel, got[1], kConsumers[1]); }};
        {
            const auto produce = [&](int from, const char* name) {
                explore::name(name);
                channel.try_push(from);
                channel.try_push(from + 1);
            };
            const std::jthread other{produce, 10, kProducers[1]};
            produce(20, kProducers[0]);
        }
        channel.close();
    }
    std::array<int, 4> times{};
    for (const auto& mine : got) {
        std::array<int, 2> last{};  // of each producer
        for (const int item : mine) {
            const int producer = item / 10 - 1;
            require(item % 10 >= last[producer], "a consumer got a producer's later item first");
            last[producer] = item % 10;
            ++times[producer * 2 + item % 10];
        }
    }
    for (const int count : times) require(count == 1, "an item was lost, or came twice");
}

SCENARIO("through-one-place", "A producer that tries again gets all its items through one place") {
    Channel channel{1};
    std::vector<int> got;
    {
        const std::jthread consumer{[&] { consume(channel, got, kConsumers[0]); }};
        explore::name(kProducers[0]);
        for (int i = 0; i < 3;) {
            if (channel.try_push(i) == Push::ok) {
                ++i;
            } else {
                std::this_thread::yield();
            }
        }
        channel.close();
    }
    require(got == std::vector{0, 1, 2}, "not all items came, once and in order");
}
