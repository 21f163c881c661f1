// News for one I/O thread from all others: acknowledgements from the log's writers, topics that have grown, connections
// to take over. Pushing costs one compare-and-swap, and only the first item after the thread has looked wakes it up:
// a group of a thousand acknowledgements is one wake-up.
#pragma once

#include <atomic>
#include <station/net/asio.hpp>

namespace station::final_station {

class Mailbox {
  public:
    class Item {
      public:
        virtual void arrived() = 0;  // on the mailbox's thread, once for each push

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
        } while (!newest_.compare_exchange_weak(head, &item, std::memory_order_release, std::memory_order_relaxed));
        if (head == nullptr) asio::post(io_, [this] { deliver(); });
    }

    // The mailbox's thread, or nobody's any more.
    void deliver() {
        Item* item = newest_.exchange(nullptr, std::memory_order_acquire);
        Item* oldest = nullptr;
        while (item != nullptr) {
            Item* const older = item->next_;
            item->next_ = oldest;
            oldest = item;
            item = older;
        }
        while (oldest != nullptr) {
            Item* const next = oldest->next_;
            oldest->arrived();
            oldest = next;
        }
    }

  private:
    asio::io_context& io_;
    std::atomic<Item*> newest_{nullptr};
};

}  // namespace station::final_station
