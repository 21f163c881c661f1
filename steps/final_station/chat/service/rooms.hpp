// Rooms, and who is in them. Any thread; answers come at once or on one of the log's threads, and must be short.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "book.hpp"
#include "caller.hpp"
#include "rules.hpp"

namespace station::chat {

class Rooms {
  public:
    Rooms(Book& book, std::function<std::int64_t()> now) : book_(book), now_(std::move(now)) {}

    struct Made {
        Id room;
        bool is_new = true;
    };
    using MadeRoom = std::function<void(Answer<Made>)>;
    void make(const Caller& caller, std::string name, std::string_view type, std::vector<Id> members, MadeRoom then);
    // The one room of exactly these people and whoever asks: the one that exists, or a new one; one, under races too.
    void make_direct(const Caller& caller, std::vector<Id> people, MadeRoom then);
    void change(const Caller& caller, const Id& room, std::optional<std::string> name, std::optional<std::string> type,
                Book::Done then);
    void remove(const Caller& caller, const Id& room, Book::Done then);
    // Somebody who is in it already stays so: Written::duplicate.
    void add_member(const Caller& caller, const Id& room, const Id& user, Book::Done then);
    void remove_member(const Caller& caller, const Id& room, const Id& user, Book::Done then);
    void set_involvement(const Caller& caller, const Id& room, std::string level, Book::Done then);
    // Up to where a member has seen rooms.
    void seen(const Id& user, std::vector<RoomSeen> rooms, Book::Done then);

  private:
    RoomAttempt attempt(const State& state, const Caller& caller, const Id& room) const;

    Book& book_;
    const std::function<std::int64_t()> now_;
};

}  // namespace station::chat
