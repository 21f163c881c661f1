// What the cases of balances behind locks share (exercises 7 and 8): whom an update lets wait, and when it writes.
#pragma once

#include <loadgen/piece/balances.hpp>
#include <loadgen/piece/beside.hpp>
#include <loadgen/piece/heap.hpp>
#include <memory>
#include <string>

namespace station::piece {

// While one update is at work, another one for the same user has to wait, and then goes on from its balance.
template <typename Balances>
void updates_wait(Balances& balances) {
    EXPECT(balances.apply(buy(100), no_work), Balance{100});
    Balance second;
    std::unique_ptr<Beside> other;
    const Balance first = balances.apply(buy(1), [&] {
        if (other) return;  // its second call: another case says so
        other = std::make_unique<Beside>([&] { second = balances.apply(buy(10), no_work); });
        if (!other->waits()) {
            fail("apply() while another one is at work for the same user", "it waits until the work is done",
                 "it returned " + text(second));
        }
    });
    expect_equal("apply(buy 1) of 100", first, Balance{101});
    if (!other) fail("apply()", "it calls work()", "it never did");
    if (!other->returns()) fail("apply() when the one that was at work is done", "it goes on", "it waits for ever");
    expect_equal("apply(buy 10) behind apply(buy 1), of 100", second, Balance{111});
    expect_equal("balance() behind both", balances.balance("ann"), 111);
}

// A reader beside an update at work sees the balance before it, or waits and sees the one after it.
template <typename Balances>
void readers_see_whole_updates(Balances& balances) {
    EXPECT(balances.apply(buy(100), no_work), Balance{100});
    std::int64_t seen = 0;
    bool waited = false;
    std::unique_ptr<Beside> reader;
    balances.apply(buy(1), [&] {
        if (reader) return;
        reader = std::make_unique<Beside>([&] { seen = balances.balance("ann"); });
        waited = reader->waits();
    });
    if (!reader) fail("apply()", "it calls work()", "it never did");
    if (!reader->returns()) fail("balance() when the update is done", "it goes on", "it waits for ever");
    if (waited && seen == 101) return;
    expect_equal("balance() while apply(buy 1) is at work, of 100", seen, 100);
}

// Under a lock nobody can ask when an update has read and when it writes: this looks at the memory, from its work.
template <typename MakeBalances>
void writes_behind_the_work(const MakeBalances& make) {
    constexpr std::int64_t kBefore = 0x0123'4567'89AB'CDEF;
    const SearchedHeap heap;
    auto balances = make();
    EXPECT(balances.apply(buy(kBefore), no_work), Balance{kBefore});
    std::size_t early = 0;
    EXPECT(balances.apply(buy(1), [&] { early = heap.find(kBefore + 1).size(); }), Balance{kBefore + 1});
    if (early > 0) fail("apply()", "the new balance is written behind work()", "it is there while work() runs");
    early = 0;
    EXPECT(balances.apply(sell(8, "bob"), [&] { early = heap.find(-8).size(); }), Balance{-8});
    if (early > 0)
        fail("apply() of a new user", "the balance is written behind work()", "it is there while work() runs");
}

// What would overflow was decided before the work: it stays refused, though the balance is another one by then.
template <typename MakeBalances>
void reads_before_the_work(const MakeBalances& make) {
    constexpr std::int64_t kBefore = kMax - 0x0123'4567;
    const SearchedHeap heap;
    auto balances = make();
    EXPECT(balances.apply(buy(kBefore), no_work), Balance{kBefore});
    bool worked = false;
    const Balance after = balances.apply(buy(0x0123'4568), [&] {
        const auto places = heap.find(kBefore);
        worked = places.size() == 1;  // otherwise it is kept in another way, and can't be seen
        if (worked) *places.front() = 0;
    });
    if (worked) expect_equal("apply() that overflows the balance which was there before its work", after, std::nullopt);
}

}  // namespace station::piece
