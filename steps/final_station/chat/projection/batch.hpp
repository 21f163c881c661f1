// Events on their way into the tables: folded in memory first, whatever several of them do to one message, and then
// each row is written once, in the order of their places, which is how FTS5 and the tables take them fastest. What
// changed is rendered on the way, as it is after each event.
//
// Of the projection's thread. Where writing fails, a new one is made from the same events.
#pragma once

#include <map>
#include <station/ledger/store/store.hpp>
#include <unordered_map>

#include "tables.hpp"

namespace station::chat {

class Batch {
  public:
    Batch(const ledger::Store& store, Tables& tables, const Names& names)
        : store_(store), tables_(tables), names_(names) {}

    // `tell`: among changes() afterwards.
    std::error_code take(Recorded recorded, bool tell);
    // One transaction; `about` is how far the tables are then. The names are there before the rows that they stand in;
    // after an error they are to be read again.
    std::error_code write(const Tables::About& about, Names& names);

    std::vector<Change>& changes() { return changes_; }
    bool has_gone_rooms() const { return has_gone_rooms_; }
    // How many messages are left to index.
    std::size_t fresh() const { return fresh_; }

  private:
    struct Working {
        Row row;
        bool fresh = false;
        bool touched = false;
        bool boosts_changed = false;
        bool waits = false;        // not in the index yet, and will be
        std::string indexed = {};  // what of it is in the index before this batch
    };

    std::error_code on(const ChatSetUp& event, Change& change);
    std::error_code on(const UserJoined& event, Change& change);
    std::error_code on(const UserChanged& event, Change& change);
    std::error_code on(const BotMade& event, Change& change);
    std::error_code on(const BotChanged& event, Change& change);
    std::error_code on(const RoomMade& event, Change& change);
    std::error_code on(const RoomDeleted& event, Change& change);
    std::error_code on(const MessagePosted& event, Change& change);
    std::error_code on(const MessageEdited& event, Change& change);
    std::error_code on(const MessageDeleted& event, Change& change);
    std::error_code on(const Boosted& event, Change& change);
    std::error_code on(const Unboosted& event, Change& change);
    template <typename Other>
    std::error_code on(const Other&, Change&) {
        return {};
    }

    // In `found`, nullptr where it is not there, or deleted.
    std::error_code find(const Id& room, const Id& message, Working*& found);
    void touch(Working& message, Change& change, Change::What what, const Id& room);

    UserNumber number_of(const Id& user);
    void set_name(const Id& user, const std::string& name);
    std::optional<RoomNumber> number_of_room(const Id& room) const;
    Names::Named named(UserNumber number) const;

    void publish(Names& names) const;
    std::error_code write_rows();
    std::error_code write_row(const Working& message);

    const ledger::Store& store_;
    Tables& tables_;
    const Names& names_;
    std::map<Place, Working> messages_;
    std::map<UserNumber, Names::Named> users_;  // new, or with a new name
    std::unordered_map<Id, UserNumber, IdHash> user_numbers_;
    std::vector<std::pair<RoomNumber, Id>> made_rooms_;
    std::vector<std::pair<RoomNumber, Id>> gone_rooms_;
    std::unordered_map<Id, std::optional<RoomNumber>, IdHash> rooms_;  // as they are now, where that is new
    UserNumber new_users_ = 0;
    std::vector<Change> changes_;
    bool tell_ = false;
    bool has_gone_rooms_ = false;
    std::size_t fresh_ = 0;
};

}  // namespace station::chat
