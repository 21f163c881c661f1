// News for one I/O thread from all others: acknowledgements from the log's writers, topics that have grown, connections
// to take over. Pushing costs one compare-and-swap and no memory, and only the first item after the thread has looked
// wakes it up: a group of a thousand acknowledgements is one wake-up.
//
// Of what arrives together, answers come first, and what can wait comes behind them, a few at a time; in between the
// thread looks for input. So publishers have the log write their next events while the last ones go out to many. What
// comes later waits for all of that: publishers are one group ahead of those who read on this thread, and never more.
#pragma once

#include <atomic>
#include <new>
#include <station/net/asio.hpp>
#include <utility>

#include "handler_memory.hpp"
#include "turn.hpp"

namespace station::final_station {

class Mailbox {
  public:
    class Item {
      public:
        // On the mailbox's thread, once for each push. Who runs out of memory in it has cleaned up behind itself: the
        // next item's turn comes all the same.
        virtual void arrived() = 0;

      protected:
        // Answers are waited for; what many get at once can wait for them.
        enum class Haste { answer, can_wait };
        explicit Item(Haste haste = Haste::answer) : haste_(haste) {}
        Item(const Item&) = delete;
        Item& operator=(const Item&) = delete;
        ~Item() = default;

      private:
        friend class Mailbox;
        Item* next_ = nullptr;
        const Haste haste_;
    };

    explicit Mailbox(asio::io_context& io) : io_(io) {}

    // Any thread. The item must not be pushed again before it has arrived.
    void push(Item& item) noexcept {
        Item* head = newest_.load(std::memory_order_relaxed);
        do {
            item.next_ = head;
        } while (!newest_.compare_exchange_weak(head, &item, std::memory_order_acq_rel, std::memory_order_relaxed));
        if (head == nullptr) wake_up();
    }

    // Everything that is here. Nobody's thread any more.
    void deliver_all() {
        while (take_news()) {
            while (!taken_.empty()) deliver_one();
        }
    }

  private:
    static constexpr int kSlice = 2;  // items that can wait, before the thread looks for input

    struct List {
        Item* first = nullptr;
        Item* last = nullptr;

        bool empty() const { return first == nullptr; }
        void push_front(Item& item) {
            item.next_ = first;
            if (first == nullptr) last = &item;
            first = &item;
        }
        Item& pop_front() {
            Item& item = *first;
            first = item.next_;
            return item;
        }
        // All of it, which is not empty.
        void append(const List& other) {
            (first == nullptr ? first : last->next_) = other.first;
            last = other.last;
        }
    };

    // The mailbox's thread, as is all that follows. What is more than a turn comes behind what else waits there.
    void deliver() {
        turn_.begin();
        int waited = 0;
        while (!taken_.empty()) {
            if (deliver_one() == Item::Haste::can_wait) ++waited;
            if (taken_.empty() || (!turn_.over() && (waited < kSlice || answers_ > 0))) continue;
            goes_on_ = true;
            auto rest = [this] {
                goes_on_ = false;
                deliver();
            };
            return asio::post(io_, InMemory{rest_memory_, io_, std::move(rest)});
        }
    }
    // Behind what was here already, answers first, and else in the order of their pushes.
    bool take_news() {
        Item* item = newest_.exchange(nullptr, std::memory_order_acq_rel);
        List answers;
        List others;
        while (item != nullptr) {
            Item* const older = item->next_;
            const bool waited_for = item->haste_ == Item::Haste::answer;
            (waited_for ? answers : others).push_front(*item);
            answers_ += waited_for ? 1 : 0;
            item = older;
        }
        if (!answers.empty()) taken_.append(answers);
        if (!others.empty()) taken_.append(others);
        return !taken_.empty();
    }
    Item::Haste deliver_one() {
        Item& item = taken_.pop_front();
        const auto haste = item.haste_;
        answers_ -= haste == Item::Haste::answer ? 1 : 0;
        try {
            item.arrived();
        } catch (const std::bad_alloc&) {
            // The others have arrived as well.
        }
        return haste;
    }
    // No other one is under way: its room was free again before the list was taken, which nobody else does.
    void wake_up() noexcept {
        auto look = [this] {
            take_news();
            if (!goes_on_) deliver();
        };
        asio::post(io_, InMemory{wake_up_memory_, io_, std::move(look)});
    }

    asio::io_context& io_;
    HandlerMemory wake_up_memory_;
    HandlerMemory rest_memory_;
    std::atomic<Item*> newest_{nullptr};
    List taken_;            // and not delivered yet
    int answers_ = 0;       // among them
    bool goes_on_ = false;  // the rest of a turn is under way
    Turn turn_;
};

}  // namespace station::final_station
