// A cursor that belongs to a connection: read while the connection takes in what it reads, asleep while there is nothing
// new, and untouched while the connection is busy or its client does not read. It has no buffer: a client that comes
// back after an hour is served from the log.
//
// Belongs to its connection's thread; only the log's wake-up comes from another, through the mailbox.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <station/log/topic.hpp>

#include "mailbox.hpp"

namespace station::final_station {

class Subscription final : public Mailbox::Item, public std::enable_shared_from_this<Subscription> {
  public:
    // on_news: there may be something to read again.
    Subscription(Mailbox& mailbox, const log::Topic& topic, log::Cursor cursor, bool meta, std::function<void()> on_news);

    const log::Topic& topic() const { return topic_; }
    bool meta() const { return meta_; }  // with ids and times
    std::uint64_t lag() const { return cursor_.lag(); }
    bool asleep() const { return asleep_; }

    struct Read {
        log::Cursor::Batch events;            // valid until the next read()
        std::optional<log::Damage> damage;    // events that are lost; the next read() goes on behind them
        bool live = false;                    // it had seen everything before
    };
    // Nothing new: sleeps until there is.
    Read read(std::size_t max_bytes);

    // Forgets its connection; the last call.
    void end();

    void arrived() override;

  private:
    void sleep();

    Mailbox& mailbox_;
    log::Topic topic_;
    log::Cursor cursor_;
    bool meta_;
    std::function<void()> on_news_;
    bool asleep_ = false;
    bool live_ = false;   // it has been asleep since it last read
    bool over_ = false;   // the topic will not grow any more
    std::shared_ptr<Subscription> self_;  // while the log or the mailbox knows this
};

}  // namespace station::final_station
