#include "catch.hpp"
#include "gate.hpp"

#include <atomic>
#include <chrono>
#include <station/flow/worker_pool.hpp>

namespace station::flow {
namespace {

using namespace std::chrono_literals;

auto now() { return std::chrono::steady_clock::now(); }

TEST_CASE("worker pool: every worker runs the function once, all at the same time") {
    const std::size_t workers = GENERATE(1u, 2u, 8u, 64u);
    std::atomic<std::size_t> met{0};
    test::Gate all_inside{workers};
    WorkerPool pool(workers, [&] {
        if (all_inside.arrive_and_wait()) ++met;
    });
    CHECK(pool.wait_until(now() + test::kPatience));
    CHECK(met == workers);
}

TEST_CASE("worker pool: the deadline passes while one worker is still busy") {
    test::Gate release;
    std::atomic<int> calls{0};
    WorkerPool pool(4, [&] {
        if (calls++ == 0) release.wait();
    });
    CHECK_FALSE(pool.wait_until(now() + 1ms));
    CHECK_FALSE(pool.wait_until(now() - 1s));
    release.arrive();
    CHECK(pool.wait_until(now() + test::kPatience));
    CHECK(pool.wait_until(now() - 1s));
}

TEST_CASE("worker pool: join waits for all") {
    std::atomic<int> returned{0};
    test::Gate release;
    WorkerPool pool(3, [&] {
        release.wait();
        ++returned;
    });
    release.arrive();
    pool.join();
    CHECK(returned == 3);
    pool.join();
}

TEST_CASE("worker pool: the destructor joins") {
    std::atomic<int> returned{0};
    {
        const WorkerPool pool{3, [&] { ++returned; }};
    }
    CHECK(returned == 3);
}

TEST_CASE("worker pool: no workers, nothing to wait for") {
    WorkerPool pool{0, [] { FAIL("there is no worker"); }};
    CHECK(pool.wait_until(now()));
}

}  // namespace
}  // namespace station::flow
