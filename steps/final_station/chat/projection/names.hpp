// Who and which room a number in the tables stands for, in memory: numbers are small, and stand in every message. The
// projection's thread writes, after what it says is in the tables; any thread reads.
#pragma once

#include <cstdint>
#include <optional>
#include <station/base/guarded.hpp>
#include <string>
#include <unordered_map>

#include "chat/model/id.hpp"

namespace station::chat {

using UserNumber = std::int64_t;
using RoomNumber = std::uint32_t;  // below 2^31

class Names {
  public:
    struct Named {
        Id id;
        std::string name;
    };

    void clear();
    void set_user(UserNumber number, const Id& id, std::string_view name);
    void set_room(RoomNumber number, const Id& id);
    // Nobody finds it any more.
    void remove_room(const Id& id);

    // nullopt: there is none.
    std::optional<UserNumber> user(const Id& id) const;
    std::optional<RoomNumber> room(const Id& id) const;
    // Of none: nil and empty.
    Named user(UserNumber number) const;
    Id room(RoomNumber number) const;

    // Greater than all that were ever set.
    UserNumber next_user() const;
    RoomNumber next_room() const;

  private:
    mutable base::SharedMutex mutex_;
    std::unordered_map<UserNumber, Named> users_ STATION_GUARDED_BY(mutex_);
    std::unordered_map<Id, UserNumber, IdHash> user_numbers_ STATION_GUARDED_BY(mutex_);
    std::unordered_map<RoomNumber, Id> rooms_ STATION_GUARDED_BY(mutex_);
    std::unordered_map<Id, RoomNumber, IdHash> room_numbers_ STATION_GUARDED_BY(mutex_);
    UserNumber next_user_ STATION_GUARDED_BY(mutex_) = 1;
    RoomNumber next_room_ STATION_GUARDED_BY(mutex_) = 1;
};

}  // namespace station::chat
