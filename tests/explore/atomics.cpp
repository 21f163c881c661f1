// Known faults with atomics and what is made of them, each beside its right twin: "wrong-…" fails, "right-…" holds.
#include <array>
#include <atomic>
#include <barrier>
#include <future>
#include <latch>
#include <loadgen/explore/explore.hpp>
#include <memory>
#include <mutex>
#include <semaphore>
#include <station/flow/bounded_channel.hpp>
#include <station/flow/worker_pool.hpp>
#include <stdexcept>
#include <string>
#include <thread>

using station::explore::name;
using station::explore::require;
using station::flow::BoundedChannel;
using station::flow::Push;

namespace {

constexpr bool kRight = true;
constexpr bool kWrong = false;

// Places are taken before anything goes in; a wrong one forgets to give one back that it can't use.
template <bool right>
void a_refusal_takes_no_place() {
    std::atomic<int> size{1};
    const auto try_push = [&] {
        if (size.fetch_add(1) < 1) return true;
        if (right) size.fetch_sub(1);
        return false;
    };
    {
        const auto push = [&](const char* who) {
            name(who);
            try_push();
        };
        const std::jthread first{push, "producer 1"};
        const std::jthread second{push, "producer 2"};
    }
    size.fetch_sub(1);  // the one that was in there
    require(try_push(), "the channel is empty, and refuses");
}

// A wrong one does not pass on the signal of the end, which is one for two consumers.
template <bool right>
void both_hear_of_the_end() {
    std::counting_semaphore<> signals{0};
    std::atomic<bool> closed{false};
    const auto consume = [&](const char* who) {
        name(who);
        signals.acquire();
        require(closed.load(), "a consumer wakes too early");
        if (right) signals.release();
    };
    const std::jthread first{consume, "consumer 1"};
    const std::jthread second{consume, "consumer 2"};
    closed.store(true);
    signals.release();
}

struct Counters {
    std::atomic<int> received{0};
    std::atomic<int> processed{0};
};

// A wrong reader asks first for what came in, and then for what was done; or lets the two change places.
template <bool processed_first, std::memory_order order>
void never_more_done_than_came_in() {
    Counters counters;
    const std::jthread worker{[&] {
        name("worker");
        counters.received.fetch_add(1, std::memory_order_relaxed);
        counters.processed.fetch_add(1, std::memory_order_release);
    }};
    const std::jthread reader{[&] {
        name("reader");
        int received = 0;
        if (!processed_first) received = counters.received.load(std::memory_order_acquire);
        const int processed = counters.processed.load(order);
        if (processed_first) received = counters.received.load(order);
        require(processed <= received, "more was done than came in");
    }};
}

template <std::memory_order store, std::memory_order load>
void hand_over() {
    int data = 0;
    std::atomic<bool> ready{false};
    const std::jthread writer{[&] {
        name("writer");
        data = 41;
        ready.store(true, store);
    }};
    const std::jthread reader{[&] {
        name("reader");
        if (ready.load(load)) require(data == 41, "what was handed over is not there");
    }};
}

void hand_over_with_fences() {
    int data = 0;
    std::atomic<bool> ready{false};
    const std::jthread writer{[&] {
        data = 41;
        std::atomic_thread_fence(std::memory_order_release);
        ready.store(true, std::memory_order_relaxed);
    }};
    const std::jthread reader{[&] {
        if (!ready.load(std::memory_order_relaxed)) return;
        std::atomic_thread_fence(std::memory_order_acquire);
        require(data == 41, "what was handed over is not there");
    }};
}

// Dekker's: each says that it comes, and then looks whether the other one does.
template <std::memory_order order, bool fences>
void one_of_two_sees_the_other() {
    std::array<std::atomic<int>, 2> comes{};
    std::array<int, 2> seen{};
    {
        const auto come = [&](const char* who, std::size_t mine) {
            name(who);
            comes[mine].store(1, order == std::memory_order_seq_cst ? order : std::memory_order_release);
            if (fences) std::atomic_thread_fence(std::memory_order_seq_cst);
            seen[mine] = comes[1 - mine].load(order);
        };
        const std::jthread first{come, "first", 0};
        const std::jthread second{come, "second", 1};
    }
    require(seen[0] == 1 || seen[1] == 1, "neither has seen the other");
}

template <bool right>
void wait_for_a_flag() {
    std::atomic<bool> flag{false};
    const std::jthread waiter{[&] {
        name("waiter");
        while (!flag.load()) std::this_thread::yield();
    }};
    const std::jthread setter{[&] {
        name("setter");
        if (right) flag.store(true);
    }};
}

template <bool right>
void wait_and_notify() {
    std::atomic<int> number{0};
    const std::jthread waiter{[&] {
        name("waiter");
        number.wait(0);
    }};
    const std::jthread setter{[&] {
        name("setter");
        number.store(1);
        if (right) number.notify_one();
    }};
}

template <bool right>
void made_once() {
    static std::atomic<int> made;
    made = 0;
    std::once_flag once;
    bool is_made = false;
    const auto use = [&](const char* who) {
        name(who);
        if (right) {
            std::call_once(once, [&] { ++made; });
        } else if (!is_made) {
            is_made = true;
            ++made;
        }
        require(made == 1, "it is made twice, or not yet");
    };
    const std::jthread first{use, "first"};
    const std::jthread second{use, "second"};
}

template <bool right>
void an_object_outlives_its_user() {
    auto object = std::make_shared<std::string>("a text that is too long for the string itself");
    std::jthread user{[used = object.get(), kept = right ? object : nullptr] {
        name("user");
        require(used->size() == 45, "another text");
    }};
    object.reset();
}

}  // namespace

SCENARIO("wrong-place-not-given-back", "A refusal takes no place") { a_refusal_takes_no_place<kWrong>(); }
SCENARIO("right-place-given-back", "A refusal takes no place") { a_refusal_takes_no_place<kRight>(); }
SCENARIO("wrong-no-signal-at-the-end", "Both consumers hear of the end") { both_hear_of_the_end<kWrong>(); }
SCENARIO("right-signal-passed-on", "Both consumers hear of the end") { both_hear_of_the_end<kRight>(); }
SCENARIO("wrong-received-first", "No more is done than came in") {
    never_more_done_than_came_in<false, std::memory_order_acquire>();
}
SCENARIO("wrong-relaxed-snapshot", "No more is done than came in") {
    never_more_done_than_came_in<true, std::memory_order_relaxed>();
}
SCENARIO("right-snapshot", "No more is done than came in") {
    never_more_done_than_came_in<true, std::memory_order_acquire>();
}
SCENARIO("wrong-relaxed-store", "What is handed over is there") {
    hand_over<std::memory_order_relaxed, std::memory_order_acquire>();
}
SCENARIO("wrong-relaxed-load", "What is handed over is there") {
    hand_over<std::memory_order_release, std::memory_order_relaxed>();
}
SCENARIO("right-release-and-acquire", "What is handed over is there") {
    hand_over<std::memory_order_release, std::memory_order_acquire>();
}
SCENARIO("right-fences", "What is handed over is there") { hand_over_with_fences(); }
SCENARIO("wrong-dekker-with-acquire", "One of two sees the other") {
    one_of_two_sees_the_other<std::memory_order_acquire, false>();
}
SCENARIO("right-dekker", "One of two sees the other") { one_of_two_sees_the_other<std::memory_order_seq_cst, false>(); }
SCENARIO("right-dekker-with-fences", "One of two sees the other") {
    one_of_two_sees_the_other<std::memory_order_relaxed, true>();
}
SCENARIO("wrong-flag-never-set", "Who waits for a flag goes on") { wait_for_a_flag<kWrong>(); }
SCENARIO("right-flag", "Who waits for a flag goes on") { wait_for_a_flag<kRight>(); }
SCENARIO("wrong-wait-without-notify", "Who waits for a number goes on") { wait_and_notify<kWrong>(); }
SCENARIO("right-wait-and-notify", "Who waits for a number goes on") { wait_and_notify<kRight>(); }
SCENARIO("wrong-made-by-a-plain-flag", "It is made once") { made_once<kWrong>(); }
SCENARIO("right-call-once", "It is made once") { made_once<kRight>(); }
SCENARIO("wrong-destroyed-while-used", "An object outlives its users") { an_object_outlives_its_user<kWrong>(); }
SCENARIO("right-shared-ptr", "An object outlives its users") { an_object_outlives_its_user<kRight>(); }

SCENARIO("wrong-plain-flag-in-a-loop", "Who waits for a flag goes on") {
    bool flag = false;
    const std::jthread waiter{[&] {
        name("waiter");
        while (!flag) {
        }
    }};
    const std::jthread setter{[&] {
        name("setter");
        flag = true;
    }};
}

SCENARIO("wrong-null-in-one-order", "It is there before it is used") {
    int value = 1;
    std::atomic<int*> there{nullptr};
    const std::jthread setter{[&] { there = &value; }};
    const std::jthread user{[&] {
        name("user");
        require(*there.load() == 1, "another value");
    }};
}

SCENARIO("wrong-exception-uncaught", "A full queue is no reason to die") {
    std::atomic<int> size{0};
    const auto push = [&](const char* who) {
        name(who);
        if (size.fetch_add(1) > 0) throw std::runtime_error{"full"};
    };
    const std::jthread first{push, "producer 1"};
    const std::jthread second{push, "producer 2"};
}

SCENARIO("right-static-local", "A static variable is initialised once") {
    static std::atomic<int> initialised{0};
    const auto use = [] {
        static const std::string text = [] {
            ++initialised;
            return std::string{"a text that is too long for the string itself"};
        }();
        require(text.size() == 45 && initialised == 1, "it is initialised twice, or not yet");
    };
    const std::jthread first{use};
    const std::jthread second{use};
}

SCENARIO("right-future", "A future has what was promised") {
    int written = 0;
    auto sum = std::async(std::launch::async, [&] {
        written = 1;
        return std::string{"a text that is too long for the string itself"};
    });
    std::promise<int> promise;
    std::future<int> promised = promise.get_future();
    const std::jthread thread{[&] { promise.set_value(41); }};
    require(promised.get() == 41, "another number than was promised");
    require(sum.get().size() == 45 && written == 1, "another text than was made");
}

SCENARIO("right-latch-and-barrier", "What came before the latch is seen behind it") {
    std::array<int, 2> written{};
    std::latch latch{2};
    std::barrier barrier{2};
    const auto write = [&](const char* who, std::size_t mine) {
        name(who);
        written[mine] = 1;
        latch.arrive_and_wait();
        require(written[1 - mine] == 1, "the other's number is not there");
        barrier.arrive_and_wait();
        written[mine] = 2;
    };
    const std::jthread first{write, "first", 0};
    const std::jthread second{write, "second", 1};
}

SCENARIO("right-semaphore-as-a-lock", "One at a time") {
    std::binary_semaphore free{1};
    int inside = 0;
    const auto enter = [&](const char* who) {
        name(who);
        free.acquire();
        require(++inside == 1, "two are inside");
        --inside;
        free.release();
    };
    const std::jthread first{enter, "first"};
    const std::jthread second{enter, "second"};
}

SCENARIO("right-shared-ptr-swapped", "A reader has the old or the new one") {
    std::atomic<std::shared_ptr<int>> current{std::make_shared<int>(1)};
    const std::jthread writer{[&] { current.store(std::make_shared<int>(2)); }};
    const std::jthread reader{[&] {
        const auto mine = current.load();
        require(*mine == 1 || *mine == 2, "a number that never was");
    }};
}

SCENARIO("right-channel", "What is pushed comes out once, and it ends") {
    BoundedChannel<int> channel{1};
    std::atomic<int> pushed{0};
    std::atomic<int> popped{0};
    {
        const auto consume = [&](const char* who) {
            name(who);
            while (const auto item = channel.pop()) ++popped;
        };
        const std::jthread consumer_1{consume, "consumer 1"};
        const std::jthread consumer_2{consume, "consumer 2"};
        {
            const auto produce = [&](const char* who) {
                name(who);
                if (channel.try_push(7) == Push::ok) ++pushed;
            };
            const std::jthread producer_1{produce, "producer 1"};
            const std::jthread producer_2{produce, "producer 2"};
        }
        channel.close();
    }
    require(pushed == popped && pushed > 0, "an item is lost, or none got in");
}

SCENARIO("right-worker-pool", "Workers finish what is queued, and return") {
    BoundedChannel<int> channel{2};
    std::atomic<int> done{0};
    station::flow::WorkerPool pool{2, [&] {
                                       name("worker");
                                       while (channel.pop()) ++done;
                                   }};
    int pushed = 0;
    for (int i = 0; i < 3; ++i) pushed += channel.try_push(i) == Push::ok;
    channel.close();
    require(pool.wait_until(std::chrono::steady_clock::now() + std::chrono::hours{1}), "a worker does not return");
    pool.join();
    require(done == pushed, "an item is lost");
}
