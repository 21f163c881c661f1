// Tells who waits on one thread that topics have been made since. It says no more than that: who is told asks Topics,
// by stream, for those that it has not seen, so that a thousand of them may be one piece of news, and none is missed.
//
// Belongs to the mailbox's thread, but for topic_made().
#pragma once

#include <atomic>
#include <set>

#include "mailbox.hpp"

namespace station::final_station {

class TopicNews final : public Mailbox::Item {
  public:
    class Listener {
      public:
        virtual void topics_came() noexcept = 0;  // may remove itself, or others

      protected:
        ~Listener() = default;
    };

    explicit TopicNews(Mailbox& mailbox) : mailbox_(mailbox) {}

    // Any thread, once the topic can be found.
    void topic_made() noexcept {
        if (!under_way_.exchange(true)) mailbox_.push(*this);
    }

    void add(Listener& listener) { listeners_.insert(&listener); }
    void remove(Listener& listener) noexcept { listeners_.erase(&listener); }

    void arrived() override {
        under_way_ = false;  // first: what is made from here on is news again
        for (auto next = listeners_.begin(); next != listeners_.end();) {
            Listener* const told = *next;
            told->topics_came();
            next = listeners_.upper_bound(told);
        }
    }

  private:
    Mailbox& mailbox_;
    std::atomic<bool> under_way_{false};
    std::set<Listener*> listeners_;
};

}  // namespace station::final_station
