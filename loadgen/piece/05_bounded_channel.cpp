// Exercise 5, the piece alone: what BoundedChannel answers, and who waits, call by call.
#include <sys/resource.h>
#include <algorithm>
#include <array>
#include <ctime>
#include <deque>
#include <loadgen/piece/beside.hpp>
#include <loadgen/piece/heap.hpp>
#include <loadgen/piece/piece.hpp>
#include <memory>
#include <station/flow/bounded_channel.hpp>
#include <string>
#include <vector>

namespace station::flow {

std::string text(Push answer) {
    switch (answer) {
        case Push::ok: return "Push::ok";
        case Push::full: return "Push::full";
        case Push::closed: return "Push::closed";
    }
    return "a Push that there is not";
}

}  // namespace station::flow

using namespace station::flow;
using station::piece::Beside;
using station::piece::calling;
using station::piece::expect_equal;
using station::piece::fail;
using station::piece::text;

namespace {

using Popped = std::optional<int>;

// Pushes first, first + 1, …, which the channel must have room for.
template <typename Item = int>
void push_all(BoundedChannel<Item>& channel, int first, int count) {
    for (int i = first; i < first + count; ++i) {
        expect_equal("try_push(" + std::to_string(i) + ")", channel.try_push(Item{i}), Push::ok);
    }
}

// Pops what push_all() pushed, in whatever order.
void pop_all(BoundedChannel<int>& channel, int first, int count) {
    std::vector<bool> came(static_cast<std::size_t>(count));
    for (int left = count; left > 0; --left) {
        const std::string call = "pop() with " + std::to_string(left) + " queued";
        calling(call);
        const Popped item = channel.pop();
        if (!item) fail(call, "an item", "nullopt");
        const auto number = static_cast<std::size_t>(*item - first);
        if (*item < first || number >= came.size()) fail(call, "an item that was pushed", text(*item));
        if (came[number]) fail(call, "an item that has not come yet", text(*item) + ", again");
        came[number] = true;
    }
}

// A consumer that calls pop() once.
class Consumer {
  public:
    explicit Consumer(BoundedChannel<int>& channel) : call_([this, &channel] { popped_ = channel.pop(); }) {}

    // `when` ends the sentence: "pop(), asleep when close() was called".
    void must_wait(const std::string& when) const {
        if (!call_.waits()) fail("pop(), " + when, "it waits", "it returned " + text(popped_));
    }
    void must_sleep(const std::string& when) const {
        must_wait(when);
        if (!call_.sleeps()) fail("pop(), " + when, "it sleeps", "it keeps looking, and uses the processor");
    }
    void must_return(const std::string& when) const {
        if (!call_.returns()) fail("pop(), " + when, "it returns", "it waits for ever");
    }
    const Popped& popped() const { return popped_; }

  private:
    Popped popped_;
    Beside call_;
};

// The fewest times that the calling thread has slept, and the least that it used, in one of several calls: what has
// nothing to do with the call happens in one of them or another, not in all.
struct Cost {
    long sleeps = 1'000'000;
    long micros = 1'000'000'000;
};

template <typename Call>
Cost least_cost(Call&& call) {
    Cost least;
    for (int i = 0; i < 5; ++i) {
        rusage before{}, after{};
        ::getrusage(RUSAGE_THREAD, &before);
        call();
        ::getrusage(RUSAGE_THREAD, &after);
        const auto micros = [](const rusage& used) {
            return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1'000'000 + used.ru_utime.tv_usec +
                   used.ru_stime.tv_usec;
        };
        least.sleeps = std::min(least.sleeps, after.ru_nvcsw - before.ru_nvcsw);
        least.micros = std::min(least.micros, micros(after) - micros(before));
    }
    return least;
}

Push push_without_memory(BoundedChannel<int>& channel, int item) {
    calling("try_push() while no memory is left");
    try {
        const station::piece::NoMemory none;
        return channel.try_push(item);
    } catch (const std::exception& error) {
        fail("try_push() while no memory is left", "Push::full", std::string{"an exception: "} + error.what());
    }
}

// Pushes without memory until that is refused: some may still go into memory that was taken before.
int push_until_refused(BoundedChannel<int>& channel, int first) {
    Push answer = Push::ok;
    int next = first;
    while ((answer = push_without_memory(channel, next)) == Push::ok) ++next;
    expect_equal("try_push() while no memory is left", answer, Push::full);
    return next;
}

}  // namespace

PIECE_CASE("what-goes-in-comes-out", "Every item that was taken comes out, once") {
    BoundedChannel<int> channel{1000};
    push_all(channel, 0, 600);
    pop_all(channel, 0, 600);
}

PIECE_CASE("a-full-channel-says-so-at-once", "On a full channel try_push neither waits for room nor looks for it") {
    BoundedChannel<int> channel{2};
    Cost cost;
    // What it answers is looked at by other cases.
    const Beside call{[&] {
        for (int i = 0; i < 2; ++i) channel.try_push(i);
        cost = least_cost([&] { channel.try_push(9); });
    }};
    if (!call.returns()) fail("try_push() on a full channel", "Push::full, at once", "it waits");
    if (cost.sleeps > 0) fail("try_push() on a full channel", "Push::full, at once", "it slept before it said so");
    if (cost.micros > 5'000) {
        fail("try_push() on a full channel", "Push::full, at once",
             "it kept the processor busy for " + std::to_string(cost.micros) + " us before it said so");
    }
}

PIECE_CASE("takes-its-capacity", "A channel for n items takes n, and not one more") {
    for (const int capacity : {1, 2, 3, 100}) {
        BoundedChannel<int> channel{static_cast<std::size_t>(capacity)};
        push_all(channel, 0, capacity);
        for (int i = 0; i < 3; ++i) {
            calling("try_push() on a full channel");
            expect_equal("try_push() with " + std::to_string(capacity) + " of " + std::to_string(capacity) + " queued",
                         channel.try_push(-1), Push::full);
        }
    }
}

PIECE_CASE("a-pop-makes-room", "Each pop makes room for one item, again and again") {
    BoundedChannel<int> channel{3};
    push_all(channel, 0, 3);
    for (int i = 0; i < 200; ++i) {
        EXPECT(channel.try_push(-1), Push::full);
        calling("pop()");
        expect_equal("pop() with 3 queued gives an item", channel.pop().has_value(), true);
        expect_equal("try_push() behind a pop()", channel.try_push(i + 3), Push::ok);
    }
    for (int i = 0; i < 3; ++i) EXPECT(channel.pop().has_value(), true);
    push_all(channel, 300, 3);
    EXPECT(channel.try_push(-1), Push::full);
}

PIECE_CASE("in-order", "First in, first out, over any number of items") {
    BoundedChannel<int> channel{1000};
    push_all(channel, 0, 1000);
    for (int i = 0; i < 1700; ++i) {
        if (i == 700) push_all(channel, 1000, 700);
        expect_equal("pop(), with 0, 1, 2, … pushed in this order", channel.pop(), Popped{i});
    }
}

PIECE_CASE("a-push-never-sleeps", "With room in the channel, try_push returns at once, too") {
    BoundedChannel<int> channel{100};
    const Cost cost = least_cost([&] { expect_equal("try_push() with room", channel.try_push(1), Push::ok); });
    if (cost.sleeps > 0) fail("try_push() with room", "Push::ok, at once", "it slept before it said so");
}

PIECE_CASE("closed-takes-nothing", "After close() the answer is Push::closed, on a full channel, too") {
    BoundedChannel<int> some{3};
    push_all(some, 0, 1);
    some.close();
    EXPECT(some.try_push(9), Push::closed);
    EXPECT(some.try_push(9), Push::closed);
    BoundedChannel<int> full{2};
    push_all(full, 0, 2);
    full.close();
    EXPECT(full.try_push(9), Push::closed);
    pop_all(full, 0, 2);
    EXPECT(full.pop(), std::nullopt);
}

PIECE_CASE("closed-gives-what-is-queued", "After close() consumers get what is queued, then nullopt, again and again") {
    BoundedChannel<int> channel{5};
    push_all(channel, 0, 5);
    channel.close();
    EXPECT(channel.try_push(9), Push::closed);
    pop_all(channel, 0, 5);
    for (int i = 0; i < 3; ++i) EXPECT(channel.pop(), std::nullopt);
    EXPECT(channel.try_push(9), Push::closed);
    BoundedChannel<int> empty{5};
    empty.close();
    for (int i = 0; i < 3; ++i) EXPECT(empty.pop(), std::nullopt);
}

PIECE_CASE("abandoned-gives-nothing", "After abandon() there is nullopt only, whatever is queued") {
    BoundedChannel<int> channel{5};
    push_all(channel, 0, 4);
    EXPECT(channel.pop().has_value(), true);
    channel.abandon();
    for (int i = 0; i < 5; ++i) EXPECT(channel.pop(), std::nullopt);
    EXPECT(channel.try_push(9), Push::closed);
    EXPECT(channel.pop(), std::nullopt);
    BoundedChannel<int> closed{5};
    push_all(closed, 0, 3);
    closed.close();
    EXPECT(closed.pop().has_value(), true);
    closed.abandon();
    EXPECT(closed.pop(), std::nullopt);
}

PIECE_CASE("an-item-wakes-a-sleeper", "A consumer that sleeps is woken by an item, every time") {
    BoundedChannel<int> channel{2};
    for (int i = 0; i < 5; ++i) {
        const Consumer consumer{channel};
        consumer.must_wait("with nothing queued");
        expect_equal("try_push() while a consumer sleeps", channel.try_push(i), Push::ok);
        consumer.must_return("asleep when an item was pushed");
        expect_equal("pop()", consumer.popped(), Popped{i});
    }
}

PIECE_CASE("each-item-wakes-one", "Two items wake two sleeping consumers") {
    BoundedChannel<int> channel{4};
    const Consumer first{channel};
    const Consumer second{channel};
    first.must_wait("with nothing queued");
    second.must_wait("with nothing queued");
    push_all(channel, 0, 2);
    first.must_return("one of two asleep when two items were pushed");
    second.must_return("one of two asleep when two items were pushed");
    expect_equal("the items of two consumers, added up", first.popped().value_or(9) + second.popped().value_or(9), 1);
}

namespace {

// Three that sleep, and one item for them before the end, or none.
void all_hear_of_the_end(const std::string& call, const std::function<void(BoundedChannel<int>&)>& end) {
    BoundedChannel<int> channel{4};
    std::deque<Consumer> consumers;
    for (int i = 0; i < 3; ++i) consumers.emplace_back(channel).must_wait("with nothing queued");
    end(channel);
    for (const Consumer& consumer : consumers) {
        consumer.must_return("one of three asleep when " + call + " was called");
        expect_equal("pop(), asleep when " + call + " was called", consumer.popped(), Popped{});
    }
    // Who comes later hears of it, too.
    const Consumer late{channel};
    late.must_return("called behind " + call);
    expect_equal("pop() behind " + call, late.popped(), Popped{});
}

}  // namespace

PIECE_CASE("close-wakes-all", "close() wakes every consumer that sleeps") {
    all_hear_of_the_end("close()", [](auto& channel) { channel.close(); });
}

PIECE_CASE("abandon-wakes-all", "abandon() wakes every consumer that sleeps") {
    all_hear_of_the_end("abandon()", [](auto& channel) { channel.abandon(); });
}

PIECE_CASE("the-last-item-and-the-end", "Of three sleeping consumers one gets the last item, and all get to the end") {
    BoundedChannel<int> channel{4};
    std::deque<Consumer> consumers;
    for (int i = 0; i < 3; ++i) consumers.emplace_back(channel).must_wait("with nothing queued");
    push_all(channel, 7, 1);
    channel.close();
    int got = 0;
    for (const Consumer& consumer : consumers) {
        consumer.must_return("one of three asleep when an item came, and then close()");
        got += consumer.popped() ? 1 : 0;
    }
    expect_equal("consumers that got the last item", got, 1);
}

PIECE_CASE("who-has-nothing-to-do-sleeps", "A consumer without items sleeps, and uses no processor") {
    BoundedChannel<int> channel{2};
    {
        const Consumer consumer{channel};
        consumer.must_sleep("with nothing ever queued");
        push_all(channel, 0, 1);
        consumer.must_return("asleep when an item was pushed");
    }
    // Whatever has happened before: items, refusals, and items again.
    for (int i = 0; i < 3; ++i) {
        push_all(channel, 0, 2);
        for (int refused = 0; refused < 3; ++refused) EXPECT(channel.try_push(9), Push::full);
        pop_all(channel, 0, 2);
    }
    const Consumer consumer{channel};
    consumer.must_sleep("with all items taken");
    push_all(channel, 5, 1);
    consumer.must_return("asleep when an item was pushed");
    expect_equal("pop()", consumer.popped(), Popped{5});
}

PIECE_CASE("every-item-once", "Items are neither lost nor doubled, nor kept when the channel goes") {
    const auto item = std::make_shared<int>(7);
    {
        BoundedChannel<std::shared_ptr<int>> channel{3};
        EXPECT(channel.try_push(item), Push::ok);
        EXPECT(channel.try_push(item), Push::ok);
        expect_equal("owners of an item that is queued twice", item.use_count(), 3L);
        EXPECT(channel.pop().has_value(), true);
        expect_equal("owners of an item that is queued once", item.use_count(), 2L);
        EXPECT(channel.try_push(item), Push::ok);
        EXPECT(channel.try_push(item), Push::ok);
        EXPECT(channel.try_push(item), Push::full);
        expect_equal("owners of an item that is queued three times, and was refused once", item.use_count(), 4L);
    }
    expect_equal("owners of an item when the channel is gone", item.use_count(), 1L);
    calling("a channel's destructor");
    station::piece::expect_nothing_leaked();
}

PIECE_CASE("takes-what-only-moves", "Items that can't be copied go through") {
    BoundedChannel<std::unique_ptr<int>> channel{10};
    for (int i = 0; i < 10; ++i) EXPECT(channel.try_push(std::make_unique<int>(i)), Push::ok);
    int sum = 0;
    for (int i = 0; i < 10; ++i) {
        const auto item = channel.pop();
        if (!item || !*item) fail("pop() with items queued", "an item", "none, or an empty one");
        sum += **item;
    }
    expect_equal("the items 0 to 9 that came, added up", sum, 45);
}

PIECE_CASE("out-of-memory-it-is-full", "Where no memory is left for an item, the answer is Push::full") {
    constexpr int kCapacity = 20'000;
    BoundedChannel<int> channel{kCapacity};
    int next = push_until_refused(channel, 0);
    if (next < kCapacity) {  // otherwise it had all its memory before
        push_all(channel, next, 1);
        next = push_until_refused(channel, next + 1);
        push_all(channel, next, kCapacity - next);
    }
    EXPECT(channel.try_push(-1), Push::full);
    pop_all(channel, 0, kCapacity);
    const Consumer consumer{channel};
    consumer.must_sleep("with all items taken, after some found no memory");
    channel.close();
    consumer.must_return("asleep when close() was called");
}

PIECE_CASE("out-of-memory-and-closed", "What found no memory leaves nothing behind that the end would wait for") {
    BoundedChannel<int> channel{20'000};
    const int queued = push_until_refused(channel, 0);
    channel.close();
    expect_equal("try_push() while no memory is left, after close()", push_without_memory(channel, 9), Push::closed);
    pop_all(channel, 0, queued);
    const Consumer consumer{channel};
    consumer.must_return("called behind close()");
    expect_equal("pop()", consumer.popped(), Popped{});
}
