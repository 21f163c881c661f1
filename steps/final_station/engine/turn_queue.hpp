// Those of a thread's connections that have had their share of it, and want more. Between two looks at what has come
// for all the others they get one turn's time together: however many they are, who wants little does not wait for them.
// The idea is that of deficit round robin (Shreedhar and Varghese, 1995), with time in the place of bytes.
//
// Belongs to one thread. Waiting takes no memory.
#pragma once

#include <new>
#include <station/net/asio.hpp>

#include "handler_memory.hpp"
#include "turn.hpp"

namespace station::final_station {

class TurnQueue {
  public:
    class Item {
      public:
        virtual void turn_came() = 0;

      protected:
        Item() = default;
        Item(const Item&) = delete;
        Item& operator=(const Item&) = delete;
        ~Item() = default;

      private:
        friend class TurnQueue;
        Item* behind_ = nullptr;
    };

    explicit TurnQueue(asio::io_context& io) : io_(io) {}

    // The item stays until its turn comes, and is not pushed again before.
    void push(Item& item) {
        item.behind_ = nullptr;
        (first_ == nullptr ? first_ : last_->behind_) = &item;
        last_ = &item;
        go_on();
    }
    // Everybody's turn has come: where the thread has ended, so that nobody keeps itself alive by waiting.
    void run_all() {
        while (first_ != nullptr) run_one();
    }

  private:
    void go_on() {
        if (posted_) return;
        asio::post(io_, InMemory{memory_, io_, [this] { run(); }});
        posted_ = true;
    }
    void run() {
        posted_ = false;
        together_.begin();
        while (first_ != nullptr && !together_.over()) run_one();
        if (first_ != nullptr) go_on();
    }
    void run_one() {
        Item& item = *first_;
        first_ = item.behind_;
        try {
            item.turn_came();
        } catch (const std::bad_alloc&) {
            // It has cleaned up behind itself; the others have their turns as well.
        }
    }

    asio::io_context& io_;
    HandlerMemory memory_;
    Turn together_;
    Item* first_ = nullptr;
    Item* last_ = nullptr;
    bool posted_ = false;
};

}  // namespace station::final_station
