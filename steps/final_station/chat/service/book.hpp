// Where a chat's events are written, and what it is by them: the ledger, and two folds of it. `ahead` counts what is
// under way: gates look at it, so that a room may be posted to before its making is durable, and who was removed is
// removed for the very next append. `durable` is what was acknowledged: answers come from it.
//
// A gate is asked and what passed it handed over in one critical section, so nothing comes in between. Each event is
// handed over with the place that it must get in the ledger. Where the log refuses one, all behind it are refused too,
// and `ahead` is `durable` again.
//
// Any thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <station/base/guarded.hpp>
#include <station/ledger/pipeline/pipeline.hpp>
#include <station/ledger/store/store.hpp>
#include <unordered_map>
#include <vector>

#include "chat/model/state.hpp"
#include "refusal.hpp"

namespace station::chat {

class Book {
  public:
    // An event that somebody would like to append.
    struct Draft {
        Event event;
        std::optional<Id> key = {};  // idempotency
    };
    struct Written {
        Id id;
        std::uint64_t sequence = 0;  // global
        std::int64_t time = 0;       // ns since 1970
        bool duplicate = false;      // the key was there already: nothing was appended
    };
    // What gates are to look at, and what is to be appended where they let it pass.
    template <typename Context>
    using Proposed = Answer<std::pair<Context, Draft>>;
    // Once: at once, or on a thread of the log's. Must be short, and must not call the book's write().
    using Done = std::function<void(Answer<Written>)>;

    // The store is the chat's own: nobody else appends to it. Reads what it holds but for messages.
    static ledger::Result<std::unique_ptr<Book>> open(ledger::Store store);
    ~Book();

    // propose: const State& -> Proposed<Context>, called with `ahead` and under the lock, at most once.
    template <typename Context, typename Propose>
    void write(const ledger::Pipeline<Context>& rules, Propose&& propose, Done done) {
        std::optional<Answer<Written>> at_once;
        {
            const base::Lock lock{mutex_};
            auto proposed = propose(std::as_const(ahead_));
            if (!proposed) {
                at_once = tl::unexpected(std::move(proposed.error()));
            } else {
                auto passed = rules.evaluate(proposed->first, ledger::Proposal{std::move(proposed->second)});
                if (!passed) {
                    at_once = tl::unexpected(refusal_of(passed.error()));
                } else {
                    (void)rules.hand_over(std::move(*passed), [&](Draft draft) STATION_REQUIRES(mutex_) {
                        at_once = hand_over(std::move(draft), done);
                    });
                }
            }
        }
        if (at_once) done(std::move(*at_once));
    }

    // What is acknowledged. read: const State& -> anything that holds no reference into it.
    template <typename Read>
    auto look(Read&& read) const {
        const base::Lock lock{mutex_};
        return read(std::as_const(durable_));
    }
    // The same of what is under way, too: to be told early what a gate would say anyway.
    template <typename Read>
    auto look_ahead(Read&& read) const {
        const base::Lock lock{mutex_};
        return read(std::as_const(ahead_));
    }
    // Calls `then` once all that is under way now has been answered, whatever became of it: at once, or on a thread of
    // the log's. Must be short, and must not call the book's write().
    void when_settled(std::function<void()> then);
    // Global sequences below this are acknowledged.
    std::uint64_t end() const { return end_.load(std::memory_order_acquire); }
    // Waits until it is so. Whoever follows the ledger may see an event a moment before it is acknowledged here.
    void await(std::uint64_t end) const {
        for (std::uint64_t now = this->end(); now < end; now = this->end()) end_.wait(now, std::memory_order_acquire);
    }

    ledger::Store& store() { return store_; }
    const ledger::Store& store() const { return store_; }

    // Takes nothing more; answers all that was taken.
    ledger::Result<void> close() { return store_.close(); }

  private:
    struct UnderWay {
        Event event;
        std::optional<Id> key;
        Done done;
        std::uint64_t generation = 0;
        std::vector<Done> same_key = {};  // who brought the same meanwhile
    };

    explicit Book(ledger::Store store) : store_(std::move(store)) {}
    std::optional<ledger::Error> fold();
    std::optional<Answer<Written>> hand_over(Draft draft, Done& done) STATION_REQUIRES(mutex_);
    void answered(const std::shared_ptr<UnderWay>& one, const ledger::Result<ledger::AppendReceipt>& receipt);
    std::vector<std::function<void()>> take_settled() STATION_REQUIRES(mutex_);

    ledger::Store store_;
    mutable base::Mutex mutex_;
    State ahead_ STATION_GUARDED_BY(mutex_);
    State durable_ STATION_GUARDED_BY(mutex_);
    std::uint64_t next_ STATION_GUARDED_BY(mutex_) = 0;        // where the next event must come to lie
    std::uint64_t generation_ STATION_GUARDED_BY(mutex_) = 0;  // how often the log has refused something
    std::unordered_map<Id, std::shared_ptr<UnderWay>, IdHash> keys_ STATION_GUARDED_BY(mutex_);
    std::vector<std::pair<std::uint64_t, std::function<void()>>> waiting_ STATION_GUARDED_BY(mutex_);  // for end_
    std::atomic<std::uint64_t> end_{0};
};

}  // namespace station::chat
