// A message is posted once for each client_message_id, however often, by however many at once and after whatever
// restart it comes. Whether it is there already may change between a look and an append; so nobody's look decides, but
// the ledger, which takes one event for each key.
//
// The order of answers (docs/chat.md): who is not in the room; what is there already; another member's id; what is
// wrong with the message; and else it is new.
//
// Any thread. Idea: INSERT … ON CONFLICT DO NOTHING, and the row that is there is the answer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "chat/model/id.hpp"
#include "refusal.hpp"

namespace station::chat {

// A message that somebody wants to post, and the place where it goes.
class Post {
  public:
    // The message that has the key.
    struct First {
        Id id;
        std::uint64_t sequence = 0;  // global
        bool own = false;            // of whoever posts this one
    };
    struct Written {
        Id id;
        std::uint64_t sequence = 0;
        std::int64_t time = 0;   // ns since 1970; of a duplicate 0
        bool duplicate = false;  // nothing was appended: id and sequence are of the one that was there
    };
    using Done = std::function<void(Answer<Written>)>;

    Post() = default;
    Post(const Post&) = delete;
    Post& operator=(const Post&) = delete;
    virtual ~Post() = default;

    // Of its room and its client_message_id.
    virtual Id key() const = 0;
    // nullopt: no message has the key, or one that is under way and not there yet.
    virtual std::optional<First> find(const Id& key) const = 0;
    // Asks the rules, in their order, and appends, in one critical section. `first`: what is known to be there; the
    // rules say kExists (refusal.hpp) where that is the answer. A key that another event has, or one that is under way:
    // nothing is appended, and `duplicate` is said once that one is durable. No key: it is appended. `then` is called
    // once, at once or later on another thread.
    virtual void append(std::optional<First> first, std::optional<Id> key, Done then) = 0;
    // Tells those who wait for new messages.
    virtual void tell(const Written& written) = 0;
};

// `then` is called once, at once or later on another thread.
void post_once(const std::shared_ptr<Post>& post, Post::Done then);

}  // namespace station::chat
