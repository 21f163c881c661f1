// Exercise 6, the pieces alone: which threads WorkerPool runs and when it says that they have returned; and what
// RacyBalances answers, and whom it lets wait.
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <loadgen/child/task.hpp>
#include <loadgen/piece/balances.hpp>
#include <loadgen/piece/beside.hpp>
#include <mutex>
#include <station/flow/worker_pool.hpp>
#include <station/state/racy_balances.hpp>
#include <thread>
#include <vector>

using namespace station::piece;
using station::flow::WorkerPool;
using station::state::RacyBalances;

namespace {

using Clock = std::chrono::steady_clock;

// Nobody waits so long: where it counts, something else must end the wait.
Clock::time_point far() { return Clock::now() + std::chrono::hours{1}; }

void rest() { std::this_thread::sleep_for(std::chrono::microseconds{200}); }

// A door that is shut until a case opens it, and a count of those who have come to it.
class Door {
  public:
    void pass() {
        ++came_;
        open_.wait(false);  // asleep: where all are, the case ends
    }
    void open() {
        open_ = true;
        open_.notify_all();
    }
    int came() const { return came_; }

  private:
    std::atomic<int> came_{0};
    std::atomic<bool> open_{false};
};

// Waits until `count` threads stand at the door; soon over where there are not so many.
void must_come(const Door& door, int count) {
    const auto give_up = Clock::now() + std::chrono::seconds{5};
    while (door.came() < count) {
        const auto threads = static_cast<int>(station::child::tasks(::getpid()).size()) - 1;
        if (threads < count || Clock::now() > give_up) {
            fail("WorkerPool(" + std::to_string(count) + ", run): threads inside run() at the same time",
                 std::to_string(count), std::to_string(door.came()));
        }
        rest();
    }
}

// Waits until the process has `count` threads besides the calling one.
bool only_threads_left(std::size_t count) {
    const auto give_up = Clock::now() + std::chrono::seconds{5};
    while (station::child::tasks(::getpid()).size() > count + 1) {
        if (Clock::now() > give_up) return false;
        rest();
    }
    return true;
}

}  // namespace

PIECE_CASE("each-worker-runs-once", "WorkerPool(n, run) has n threads inside run() at once, and each runs it once") {
    for (const int workers : {1, 2, 3, 8}) {
        Door door;
        std::mutex mutex;
        std::vector<std::thread::id> threads;
        {
            calling("WorkerPool(" + std::to_string(workers) + ", run)");
            WorkerPool pool{static_cast<std::size_t>(workers), [&] {
                                door.pass();
                                const std::lock_guard lock{mutex};
                                threads.push_back(std::this_thread::get_id());
                            }};
            must_come(door, workers);
            door.open();
            calling("join()");
            pool.join();
        }
        expect_equal("the calls of run() in WorkerPool(" + std::to_string(workers) + ", run)", door.came(), workers);
        std::sort(threads.begin(), threads.end());
        threads.erase(std::unique(threads.begin(), threads.end()), threads.end());
        expect_equal("the threads that ran it", threads.size(), static_cast<std::size_t>(workers));
        if (std::count(threads.begin(), threads.end(), std::this_thread::get_id()) != 0) {
            fail("WorkerPool(n, run)", "run() on threads of its own", "run() on the thread that made the pool");
        }
    }
}

PIECE_CASE("wait-ends-with-the-last", "wait_until() sleeps until the last worker has returned, and says true") {
    Door door;
    WorkerPool pool{3, [&] { door.pass(); }};
    must_come(door, 3);
    bool all_returned = false;
    const Beside wait{[&] { all_returned = pool.wait_until(far()); }};
    if (!wait.waits()) fail("wait_until() with three workers inside run()", "it waits", text(all_returned));
    door.open();
    if (!wait.returns()) fail("wait_until() when all have returned", "true", "nobody wakes it");
    expect_equal("wait_until() when all have returned", all_returned, true);
}

PIECE_CASE("not-before-the-last", "While one worker has not returned, wait_until() says false at its deadline") {
    Door quick;
    Door slow;
    std::atomic<int> number{0};
    WorkerPool pool{3, [&] { number++ == 0 ? slow.pass() : quick.pass(); }};
    must_come(slow, 1);
    expect_equal("wait_until() with three workers inside run()", pool.wait_until(Clock::now()), false);
    quick.open();
    if (!only_threads_left(1)) rest();  // those two are kept for something: they have returned all the same
    for (int i = 0; i < 5; ++i) {
        expect_equal("wait_until() with one of three workers inside run()",
                     pool.wait_until(Clock::now() + std::chrono::milliseconds{i}), false);
    }
    expect_equal("wait_until() with a deadline that is over", pool.wait_until(Clock::now() - std::chrono::seconds{1}),
                 false);
    slow.open();
    calling("wait_until() when all have returned");
    expect_equal("wait_until() when all have returned", pool.wait_until(far()), true);
}

PIECE_CASE("asked-again", "Once all have returned, wait_until() says true at once, as often as it is asked") {
    WorkerPool pool{4, [] {}};
    for (int i = 0; i < 3; ++i) EXPECT(pool.wait_until(far()), true);
    EXPECT(pool.wait_until(Clock::now() - std::chrono::seconds{1}), true);
}

PIECE_CASE("amounts-add-up", "Buying adds, selling takes away, for each user alone") {
    RacyBalances balances;
    amounts_add_up(balances);
    EXPECT(balances.balance("ann"), 1);
    EXPECT(balances.balance("user 7"), 16);
    EXPECT(balances.balance("nobody"), 0);
}

PIECE_CASE("overflow-changes-nothing", "Where the sum leaves 64 bits, nothing changes and nullopt comes back") {
    RacyBalances balances;
    overflow_changes_nothing(balances);
    EXPECT(balances.balance("bob"), -kMax);
}

PIECE_CASE("works-once", "work() is called once for each event") {
    RacyBalances balances;
    works_once(balances);
}

namespace {

// On a thread of its own: where the lock is held while another one works, it never returns.
template <typename Call>
void beside(const std::string& what, Call&& call) {
    const Beside other{call};
    if (!other.returns()) fail(what, "it goes on beside the work", "it waits until the work is done");
}

}  // namespace

// What comes of it is looked at by other cases.
PIECE_CASE("nobody-waits-for-work", "While one worker works, others update and read: the same user, and new ones") {
    RacyBalances balances;
    const auto work = [&] {
        beside("balance() while apply() is at work for the same user", [&] { balances.balance("ann"); });
        beside("apply() while another one is at work for another user",
               [&] { balances.apply(buy(1, "bob"), no_work); });
        beside("apply() while another one is at work for the same user", [&] { balances.apply(buy(1), no_work); });
    };
    balances.apply(buy(100), work);
    balances.apply(buy(1), work);
    balances.apply(buy(7, "eve"), work);  // a user who is new
}

PIECE_CASE("reads-works-writes", "The balance is read before work(), and the new one written after it") {
    RacyBalances balances;
    reads_works_writes(balances, [](const auto& update) {
        beside("apply() while another one is at work for the same user", update);
    });
    std::int64_t seen = 0;
    EXPECT(balances.apply(buy(1), [&] { seen = balances.balance("ann"); }), Balance{107});
    expect_equal("balance() while apply(buy 1) is at work, of 106", seen, 106);
}

PIECE_CASE("the-map-grows-meanwhile", "A balance that is at work stays where it is while a thousand users come") {
    RacyBalances balances;
    const auto work = [&] {
        beside("apply() while another one is at work", [&] {
            for (int i = 0; i < 1000; ++i) balances.apply(buy(1, "user " + std::to_string(i)), no_work);
        });
    };
    EXPECT(balances.apply(buy(100), work), Balance{100});
    EXPECT(balances.balance("ann"), 100);
    EXPECT(balances.balance("user 999"), 1);
}
