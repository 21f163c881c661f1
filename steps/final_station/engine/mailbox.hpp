// News for one I/O thread from all others: acknowledgements from the log's writers, topics that have grown, connections
// to take over. Pushing costs one compare-and-swap and no memory, and only the first item after the thread has looked
// wakes it up: a group of a thousand acknowledgements is one wake-up.
#pragma once

#include <atomic>
#include <new>
#include <station/net/asio.hpp>

#include "handler_memory.hpp"

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
        if (head != nullptr) return;
        // No other one is under way: its room was free again before the list was taken.
        auto wake_up = [this] { deliver(); };
        asio::post(io_, InMemory{wake_up_memory_, io_, std::move(wake_up)});
    }

    // The mailbox's thread, or nobody's any more.
    void deliver() {
        Item* item = newest_.exchange(nullptr, std::memory_order_acq_rel);
        Item* oldest = nullptr;
        while (item != nullptr) {
            Item* const older = item->next_;
            item->next_ = oldest;
            oldest = item;
            item = older;
        }
        while (oldest != nullptr) {
            Item* const next = oldest->next_;
            try {
                oldest->arrived();
            } catch (const std::bad_alloc&) {
                // The others have arrived as well.
            }
            oldest = next;
        }
    }

  private:
    asio::io_context& io_;
    HandlerMemory wake_up_memory_;
    std::atomic<Item*> newest_{nullptr};
};

}  // namespace station::final_station
