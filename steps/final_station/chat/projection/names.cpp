#include "names.hpp"

#include <algorithm>

namespace station::chat {
namespace {

template <typename Map>
auto value_in(const Map& map, const typename Map::key_type& key) {
    const auto found = map.find(key);
    return found != map.end() ? std::optional{found->second} : std::nullopt;
}

}  // namespace

void Names::clear() {
    const base::Lock lock{mutex_};
    users_.clear();
    user_numbers_.clear();
    rooms_.clear();
    room_numbers_.clear();
    next_user_ = 1;
    next_room_ = 1;
}

void Names::set_user(UserNumber number, const Id& id, std::string_view name) {
    const base::Lock lock{mutex_};
    users_[number] = {id, std::string{name}};
    user_numbers_[id] = number;
    next_user_ = std::max(next_user_, number + 1);
}

void Names::set_room(RoomNumber number, const Id& id) {
    const base::Lock lock{mutex_};
    rooms_[number] = id;
    room_numbers_[id] = number;
    next_room_ = std::max(next_room_, number + 1);
}

void Names::remove_room(const Id& id) {
    const base::Lock lock{mutex_};
    room_numbers_.erase(id);
}

std::optional<UserNumber> Names::user(const Id& id) const {
    const base::SharedLock lock{mutex_};
    return value_in(user_numbers_, id);
}

std::optional<RoomNumber> Names::room(const Id& id) const {
    const base::SharedLock lock{mutex_};
    return value_in(room_numbers_, id);
}

Names::Named Names::user(UserNumber number) const {
    const base::SharedLock lock{mutex_};
    return value_in(users_, number).value_or(Named{});
}

Id Names::room(RoomNumber number) const {
    const base::SharedLock lock{mutex_};
    return value_in(rooms_, number).value_or(Id{});
}

UserNumber Names::next_user() const {
    const base::SharedLock lock{mutex_};
    return next_user_;
}

RoomNumber Names::next_room() const {
    const base::SharedLock lock{mutex_};
    return next_room_;
}

}  // namespace station::chat
