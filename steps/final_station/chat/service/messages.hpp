// What is said: posted once for each client_message_id, edited, deleted, boosted.
//
// Any thread. Answers come at once or on one of the log's threads: they must be short.
#pragma once

#include <functional>
#include <string>

#include "book.hpp"
#include "caller.hpp"
#include "rate.hpp"
#include "rules.hpp"

namespace station::chat {

class Messages {
  public:
    // A message that this process has appended, once it is durable: for webhooks.
    struct Posted {
        Id id;
        std::uint64_t sequence = 0;
        std::int64_t time = 0;
        bool duplicate = false;  // it was there already; only id and sequence are right
        Caller by = {};
        MessagePosted said = {};
    };
    using Appended = std::function<void(const Posted&)>;

    // `appended` may be empty; it is called on one of the log's threads and must be short.
    Messages(Book& book, std::optional<RateLimit> rate, std::function<std::int64_t()> now, Appended appended)
        : book_(book), now_(std::move(now)), appended_(std::move(appended)), rate_(rate) {}

    using Done = std::function<void(Answer<Posted>)>;
    void post(const Caller& caller, const Id& room, std::string content, std::string client_message_id, Done then);
    void edit(const Caller& caller, const Id& message, std::string content, Book::Done then);
    void remove(const Caller& caller, const Id& message, Book::Done then);
    void boost(const Caller& caller, const Id& message, std::string content, bool on, Book::Done then);

    // Where a message lies, deleted or not; nullopt: there is no such message.
    struct Place {
        Id room;
        Id author;
        std::uint64_t sequence = 0;
    };
    std::optional<Place> place(const Id& message) const;

  private:
    class Posting;
    MessageAttempt attempt(const State& state, const Caller& caller, const Id& message,
                           const std::optional<Place>& place) const;

    Book& book_;
    const std::function<std::int64_t()> now_;
    const Appended appended_;
    base::Mutex mutex_;
    Rate rate_ STATION_GUARDED_BY(mutex_);
};

// Members of the room whose @login stands in the text.
std::vector<Id> mentioned(const State& state, const Room& room, std::string_view content);

}  // namespace station::chat
