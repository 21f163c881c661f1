// Exercise 8, the piece alone: what ShardedBalances answers, which lock it takes for whom, and who waits for whom.
#include <algorithm>
#include <array>
#include <loadgen/piece/locked_balances.hpp>
#include <loadgen/piece/locks.hpp>
#include <map>
#include <station/state/sharded_balances.hpp>
#include <thread>
#include <vector>

using namespace station::piece;
using station::state::ShardedBalances;

namespace {

// Names that differ in one part only, so that what is not made of the whole name shows.
struct Names {
    const char* what;
    std::string (*name)(int number);
};

std::string digits(int number) { return std::to_string(1000 + number); }

char letter(int number) { return static_cast<char>('a' + number % 26); }

// First those that differ in everything: who fails there has not looked at one part only.
constexpr std::array kNames{
    Names{"users of all kinds",
          [](int number) {
              return letter(number) + digits(number) + std::string(number / 26 % 50, letter(number / 7));
          }},
    Names{"users of the same length", [](int number) { return letter(number) + digits(number) + letter(number / 7); }},
    Names{"users with the same beginning",
          [](int number) { return "user" + digits(number) + std::string(number % 50, letter(number)); }},
    Names{"users with the same end",
          [](int number) { return letter(number) + std::string(number % 50, 'a') + digits(number) + "user"; }},
    Names{"users with long names", [](int number) { return std::string(50, 'x') + digits(number) + "yz"; }},
};

TakenLock lock_of_update(ShardedBalances& balances, const std::string& user) {
    const auto event = buy(1, user);
    const auto taken = locks_of([&] { balances.apply(event, no_work); });
    expect_equal("the locks that apply() takes", taken.size(), 1u);
    if (taken.front().shared) fail("apply()", "it locks its shard for itself", "it takes the lock for reading");
    return taken.front();
}

void no_look(std::int64_t) {}

}  // namespace

PIECE_CASE("always-the-same-shard", "A user stays in one shard, whoever comes, and a reader looks for it there") {
    ShardedBalances balances{8};
    for (int i = 0; i < 50; ++i) {
        const auto event = buy(1, "user " + std::to_string(i));
        std::vector<TakenLock> update;
        const auto locks_of_update = [&] { update = locks_of([&] { balances.apply(event, no_work); }); };
        locks_of_update();
        const auto first = update;
        for (int round = 0; round < 3; ++round) {
            round == 1 ? std::thread{locks_of_update}.join() : locks_of_update();
            expect_equal("the lock of a user's next update, and of the one before", update == first, true);
        }
        const auto read = locks_of([&] { balances.read(event.user, no_look); });
        if (read.size() != 1 || update.size() != 1) continue;  // other cases say so
        expect_equal("the lock of a user's reader, and of its updates", read.front().lock == update.front().lock, true);
    }
}

PIECE_CASE("amounts-add-up", "Buying adds, selling takes away, for each user alone") {
    for (const std::size_t shards : {1, 2, 16}) {
        ShardedBalances balances{shards};
        amounts_add_up(balances);
        EXPECT(balances.balance("ann"), 1);
        EXPECT(balances.balance("bob"), -3);
        EXPECT(balances.balance("nobody"), 0);
        EXPECT(balances.read("bob", [](std::int64_t balance) { return std::to_string(balance); }), std::string{"-3"});
    }
}

PIECE_CASE("overflow-changes-nothing", "Where the sum leaves 64 bits, nothing changes and nullopt comes back") {
    ShardedBalances balances{4};
    overflow_changes_nothing(balances);
    EXPECT(balances.balance("bob"), -kMax);
}

PIECE_CASE("works-once", "work() is called once for each event, and look() once for each read") {
    ShardedBalances balances{4};
    works_once(balances);
    for (const char* const user : {"ann", "nobody"}) {
        int looks = 0;
        balances.read(user, [&](std::int64_t) { ++looks; });
        expect_equal("the calls of look() by one read()", looks, 1);
    }
}

PIECE_CASE("updates-wait", "While an update is at work, another one for the same user waits") {
    ShardedBalances balances{4};
    updates_wait(balances);
}

PIECE_CASE("readers-hold-off-writers", "A writer waits for a reader who looks, and a reader for a writer at work") {
    ShardedBalances balances{1};
    EXPECT(balances.apply(buy(100), no_work), Balance{100});
    Balance written;
    std::unique_ptr<Beside> writer;
    balances.read("ann", [&](std::int64_t) {
        writer = std::make_unique<Beside>([&] { written = balances.apply(buy(1), no_work); });
        if (!writer->waits()) fail("apply() while a reader looks", "it waits", "it returned " + text(written));
    });
    if (!writer->returns()) fail("apply() when the reader has gone", "it goes on", "it waits for ever");
    expect_equal("apply(buy 1) of 100", written, Balance{101});
    std::int64_t seen = 0;
    std::unique_ptr<Beside> reader;
    balances.apply(buy(1), [&] {
        if (reader) return;  // its second call: another case says so
        reader = std::make_unique<Beside>([&] { seen = balances.balance("ann"); });
        if (!reader->waits()) fail("balance() while an update is at work", "it waits", "it returned " + text(seen));
    });
    if (!reader) fail("apply()", "it calls work()", "it never did");
    if (!reader->returns()) fail("balance() when the update is done", "it goes on", "it waits for ever");
    expect_equal("balance() behind apply(buy 1), of 101", seen, 102);
}

PIECE_CASE("reads-before-the-work", "What an update decides on it has read before its work") {
    reads_before_the_work([] { return ShardedBalances{4}; });
}

PIECE_CASE("writes-behind-the-work", "The new balance is written when the work is done, not before") {
    writes_behind_the_work([] { return ShardedBalances{4}; });
}

PIECE_CASE("one-lock-for-each-shard", "Users are spread over all shards, and each shard has a lock of its own") {
    for (const std::size_t shards : {1, 2, 7, 8, 64}) {
        for (const Names& names : kNames) {
            ShardedBalances balances{shards};
            std::map<const void*, int> users;
            const int count = static_cast<int>(shards) * 100;
            for (int i = 0; i < count; ++i) ++users[lock_of_update(balances, names.name(i)).lock];
            const std::string call = "the locks for " + std::to_string(count) + " users, " + names.what + ", in " +
                                     std::to_string(shards) + " shards";
            expect_equal(call, users.size(), shards);
            const auto most = std::max_element(users.begin(), users.end(), [](const auto& one, const auto& other) {
                return one.second < other.second;
            });
            if (shards >= 7 && most->second > count / 2) {
                fail(call, "users spread over all of them", std::to_string(most->second) + " of them have the same");
            }
        }
    }
}

PIECE_CASE("shards-do-not-wait", "While one shard is at work, updates and readers of another one go on") {
    ShardedBalances balances{8};
    std::vector<std::string> users;
    for (int i = 0; i < 100; ++i) users.push_back("user " + std::to_string(i));
    const TakenLock mine = lock_of_update(balances, users.front());
    const auto other = std::find_if(users.begin(), users.end(), [&](const std::string& user) {
        return lock_of_update(balances, user).lock != mine.lock;
    });
    if (other == users.end()) fail("a hundred users in 8 shards", "more than one lock", "all have the same");
    balances.apply(buy(1, users.front()), [&] {
        const Beside update{[&] { balances.apply(buy(1, *other), no_work); }};
        if (!update.returns()) fail("apply() for a user of another shard", "it goes on", "it waits");
        const Beside reader{[&] { balances.read(*other, no_look); }};
        if (!reader.returns()) fail("read() of a user of another shard", "it goes on", "it waits");
    });
}

PIECE_CASE("readers-share", "Two readers of one shard look at the same time") {
    ShardedBalances balances{1};
    EXPECT(balances.apply(buy(5), no_work), Balance{5});
    for (const char* const user : {"ann", "nobody"}) {
        balances.read("ann", [&](std::int64_t) {
            const Beside other{[&] { balances.read(user, no_look); }};
            if (!other.returns()) fail("read() while another reader looks", "it goes on", "it waits");
        });
    }
    const auto taken = locks_of([&] { balances.read("ann", no_look); });
    expect_equal("the locks that read() takes", taken.size(), 1u);
    if (!taken.front().shared) fail("read()", "it takes the lock for reading", "it locks its shard for itself");
}

PIECE_CASE("a-look-leaves-nothing", "A look at users who are not there leaves nothing behind") {
    ShardedBalances balances{4};
    EXPECT(balances.apply(buy(5), no_work), Balance{5});
    const auto before = blocks_in_use();
    for (int i = 0; i < 1000; ++i) {
        expect_equal("balance() of a user who is not there", balances.balance(std::to_string(i)), 0);
    }
    expect_equal("the blocks of memory that a thousand looks left", blocks_in_use() - before, 0);
}
