// Known faults with locks and condition variables, each beside its right twin: "wrong-…" fails, "right-…" holds.
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <loadgen/explore/explore.hpp>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <stdexcept>
#include <thread>
#include <vector>

using station::explore::name;
using station::explore::require;

namespace {

constexpr bool kRight = true;
constexpr bool kWrong = false;

// Holds `capacity` items; a wrong one looks at the size before it takes the lock.
template <bool right>
class Bounded {
  public:
    explicit Bounded(std::size_t capacity) : capacity_(capacity) {}

    bool try_push(int item) {
        if (!right && size() == capacity_) return false;
        const std::lock_guard lock{mutex_};
        if (right && items_.size() == capacity_) return false;
        items_.push_back(item);
        return true;
    }
    std::size_t size() {
        const std::lock_guard lock{mutex_};
        return items_.size();
    }

  private:
    const std::size_t capacity_;
    std::mutex mutex_;
    std::deque<int> items_;
};

template <bool right>
void two_producers_one_place() {
    Bounded<right> queue{1};
    {
        const auto push = [&](const char* who) {
            name(who);
            queue.try_push(7);
        };
        const std::jthread first{push, "producer 1"};
        const std::jthread second{push, "producer 2"};
    }
    require(queue.size() == 1, "a queue with room for 1 holds 2 items");
}

// A wrong one lets go of the lock between reading and writing, or does not take it to read.
template <bool keeps_lock, bool locks_to_read>
class Balance {
  public:
    void add(int amount) {
        std::unique_lock lock{mutex_};
        const int before = balance_;
        if (!keeps_lock) {
            lock.unlock();
            lock.lock();
        }
        balance_ = before + amount;
    }
    int get() {
        if (!locks_to_read) return balance_;
        const std::lock_guard lock{mutex_};
        return balance_;
    }

  private:
    std::mutex mutex_;
    int balance_ = 0;
};

template <bool keeps_lock, bool locks_to_read>
void two_add_and_one_reads() {
    Balance<keeps_lock, locks_to_read> balance;
    int seen = 0;
    {
        const auto add = [&](const char* who) {
            name(who);
            balance.add(10);
        };
        const std::jthread first{add, "worker 1"};
        const std::jthread second{add, "worker 2"};
        const std::jthread reader{[&] {
            name("reader");
            seen = balance.get();
        }};
    }
    require(seen % 10 == 0, "the reader saw a balance that never was");
    require(balance.get() == 20, "an update is lost");
}

// A wrong one looks for an item, and only then adds itself to those that wait.
template <bool right>
class Mailbox {
  public:
    void put(int item) {
        bool wake = false;
        {
            const std::lock_guard lock{mutex_};
            items_.push_back(item);
            wake = waiters_ > 0;
        }
        if (wake) filled_.notify_one();
    }
    int take() {
        bool wait = true;
        if (!right) {
            const std::lock_guard lock{mutex_};
            wait = items_.empty();
        }
        std::unique_lock lock{mutex_};
        ++waiters_;
        if (right) filled_.wait(lock, [&] { return !items_.empty(); });
        if (!right && wait) filled_.wait(lock);
        if (!right) {
            while (items_.empty()) filled_.wait(lock);
        }
        --waiters_;
        const int item = items_.front();
        items_.pop_front();
        return item;
    }

  private:
    std::mutex mutex_;
    std::condition_variable filled_;
    std::deque<int> items_;
    int waiters_ = 0;
};

template <bool right>
void a_letter_comes() {
    Mailbox<right> box;
    const std::jthread taker{[&] {
        name("taker");
        require(box.take() == 1, "another item comes out than went in");
    }};
    const std::jthread putter{[&] {
        name("putter");
        box.put(1);
    }};
}

// Two wait, each for something else; a wrong one wakes any of them.
template <bool right>
void each_waits_for_its_turn() {
    std::mutex mutex;
    std::condition_variable changed;
    int turn = 0;
    const auto wait_for = [&](const char* who, int mine) {
        name(who);
        std::unique_lock lock{mutex};
        changed.wait(lock, [&] { return turn == mine; });
        turn = mine + 1;
        changed.notify_all();
    };
    const std::jthread first{wait_for, "first", 1};
    const std::jthread second{wait_for, "second", 2};
    const std::lock_guard lock{mutex};
    turn = 1;
    right ? changed.notify_all() : changed.notify_one();
}

// A wrong one takes what the wait's end says for what it waited for.
template <bool right>
void a_wait_may_end_by_itself() {
    std::mutex mutex;
    std::condition_variable changed;
    bool there = false;
    const std::jthread waiter{[&] {
        name("waiter");
        std::unique_lock lock{mutex};
        if (right) changed.wait(lock, [&] { return there; });
        if (!right && !there) changed.wait(lock);
        require(there, "it goes on before anything is there");
    }};
    {
        const std::lock_guard lock{mutex};
        there = true;
    }
    changed.notify_one();
}

template <bool right>
void two_locks() {
    std::mutex a;
    std::mutex b;
    const std::jthread first{[&] {
        name("first");
        const std::lock_guard lock_a{a};
        const std::lock_guard lock_b{b};
    }};
    const std::jthread second{[&] {
        name("second");
        const std::lock_guard lock_1{right ? a : b};
        const std::lock_guard lock_2{right ? b : a};
    }};
}

template <bool right>
void readers_and_a_writer() {
    std::shared_mutex mutex;
    int value = 0;
    const auto read = [&](const char* who) {
        name(who);
        const std::shared_lock lock{mutex};
        require(value == 0 || value == 2, "half an update is seen");
    };
    const std::jthread first{read, "reader 1"};
    const std::jthread second{read, "reader 2"};
    const std::jthread writer{[&] {
        name("writer");
        std::unique_lock<std::shared_mutex> alone{mutex, std::defer_lock};
        std::shared_lock<std::shared_mutex> together{mutex, std::defer_lock};
        right ? alone.lock() : together.lock();
        ++value;
        ++value;
    }};
}

template <bool right>
void called_again() {
    std::recursive_mutex recursive;
    std::mutex plain;
    const std::jthread thread{[&] {
        name("caller");
        if (right) {
            const std::lock_guard outer{recursive};
            const std::lock_guard inner{recursive};
        } else {
            const std::lock_guard outer{plain};
            const std::lock_guard inner{plain};
        }
    }};
}

}  // namespace

SCENARIO("wrong-size-before-the-lock", "A queue holds what it has room for") { two_producers_one_place<kWrong>(); }
SCENARIO("right-size-under-the-lock", "A queue holds what it has room for") { two_producers_one_place<kRight>(); }
SCENARIO("wrong-lock-let-go-between", "No update is lost") { two_add_and_one_reads<kWrong, kRight>(); }
SCENARIO("wrong-reader-without-the-lock", "A reader sees what was written") { two_add_and_one_reads<kRight, kWrong>(); }
SCENARIO("right-balance", "No update is lost") { two_add_and_one_reads<kRight, kRight>(); }
SCENARIO("wrong-looks-and-then-waits", "A letter wakes who waits for it") { a_letter_comes<kWrong>(); }
SCENARIO("right-mailbox", "A letter wakes who waits for it") { a_letter_comes<kRight>(); }
SCENARIO("wrong-notify-one-of-two", "Each gets its turn") { each_waits_for_its_turn<kWrong>(); }
SCENARIO("right-notify-all", "Each gets its turn") { each_waits_for_its_turn<kRight>(); }
SCENARIO("wrong-if-around-a-wait", "Who waits goes on when it is there") { a_wait_may_end_by_itself<kWrong>(); }
SCENARIO("right-while-around-a-wait", "Who waits goes on when it is there") { a_wait_may_end_by_itself<kRight>(); }
SCENARIO("wrong-two-locks-crossed", "Two locks are taken") { two_locks<kWrong>(); }
SCENARIO("right-two-locks-in-order", "Two locks are taken") { two_locks<kRight>(); }
SCENARIO("wrong-writer-shares-the-lock", "Readers see whole updates") { readers_and_a_writer<kWrong>(); }
SCENARIO("right-readers-share-the-lock", "Readers see whole updates") { readers_and_a_writer<kRight>(); }
SCENARIO("wrong-locked-again", "A function may call another one") { called_again<kWrong>(); }
SCENARIO("right-recursive", "A function may call another one") { called_again<kRight>(); }

SCENARIO("right-wait-with-deadline", "A wait ends with its time") {
    std::mutex mutex;
    std::condition_variable changed;
    std::timed_mutex timed;
    bool done = false;
    const std::jthread thread{[&] {
        name("worker");
        std::this_thread::sleep_for(std::chrono::seconds{5});
        const std::lock_guard lock{mutex};
        done = true;
        changed.notify_all();
    }};
    std::unique_lock lock{mutex};
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{200};
    while (!done && changed.wait_until(lock, until) != std::cv_status::timeout) {
    }
    require(done || std::chrono::steady_clock::now() >= until, "it did not wait as long as it was told");
    require(changed.wait_for(lock, std::chrono::hours{1}, [&] { return done; }), "the worker is not done in an hour");
    require(timed.try_lock_for(std::chrono::seconds{1}), "nobody holds it");
    timed.unlock();
}

SCENARIO("right-stop-token", "A stop request wakes who waits") {
    std::mutex mutex;
    std::condition_variable_any changed;
    bool never = false;
    std::jthread thread{[&](const std::stop_token& stop) {
        name("worker");
        std::unique_lock lock{mutex};
        const bool held = changed.wait(lock, stop, [&] { return never; });
        require(!held && stop.stop_requested(), "it wakes without a request");
    }};
    thread.request_stop();
}

// Waiting for the kernel is waiting for another thread, where that one writes.
SCENARIO("right-eventfd", "Who waits for a file hears of what is written into it") {
    const int descriptor = ::eventfd(0, EFD_CLOEXEC);
    int written = 0;
    {
        const std::jthread waiter{[&] {
            name("waiter");
            pollfd wanted{descriptor, POLLIN, 0};
            while (::poll(&wanted, 1, 100) == 0) {
            }
            std::uint64_t value = 0;
            require(::read(descriptor, &value, sizeof value) == sizeof value && value == 1, "another number");
            require(written == 1, "what was written before is not there");
        }};
        const std::jthread writer{[&] {
            name("writer");
            written = 1;
            const std::uint64_t one = 1;
            require(::write(descriptor, &one, sizeof one) == sizeof one, "it can't be written to");
        }};
    }
    ::close(descriptor);
}
