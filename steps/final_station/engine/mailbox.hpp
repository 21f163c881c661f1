// News for one I/O thread from all others: acknowledgements from the log's writers, topics that have grown, connections
// to take over. Pushing costs one compare-and-swap and no memory, and only the first item after the thread has looked
// wakes it up: a group of a thousand acknowledgements is one wake-up.
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
        Item() = default;
        Item(const Item&) = delete;
        Item& operator=(const Item&) = delete;
        ~Item() = default;

      private:
        friend class Mailbox;
        Item* next_ = nullptr;
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
            while (oldest_ != nullptr) deliver_one();
        }
    }

  private:
    // The mailbox's thread, as is all that follows. What is more than a turn comes behind what else waits there.
    void deliver() {
        turn_.begin();
        while (oldest_ != nullptr) {
            deliver_one();
            if (oldest_ == nullptr || !turn_.over()) continue;
            goes_on_ = true;
            auto rest = [this] {
                goes_on_ = false;
                deliver();
            };
            return asio::post(io_, InMemory{rest_memory_, io_, std::move(rest)});
        }
    }
    // Behind what was here already, in the order of their pushes.
    bool take_news() {
        Item* item = newest_.exchange(nullptr, std::memory_order_acq_rel);
        Item* first = nullptr;
        Item* const last = item;
        while (item != nullptr) {
            Item* const older = item->next_;
            item->next_ = first;
            first = item;
            item = older;
        }
        if (first == nullptr) return oldest_ != nullptr;
        (oldest_ == nullptr ? oldest_ : newest_taken_->next_) = first;
        newest_taken_ = last;
        return true;
    }
    void deliver_one() {
        Item& item = *oldest_;
        oldest_ = item.next_;
        try {
            item.arrived();
        } catch (const std::bad_alloc&) {
            // The others have arrived as well.
        }
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
    Item* oldest_ = nullptr;  // taken, and not delivered yet
    Item* newest_taken_ = nullptr;
    bool goes_on_ = false;  // the rest of a turn is under way
    Turn turn_;
};

}  // namespace station::final_station
