#include "batch.hpp"

#include <algorithm>

#include "places.hpp"

namespace station::chat {

std::error_code Batch::take(Recorded recorded, bool tell) {
    tell_ = tell;
    Change change;
    change.recorded = std::move(recorded);
    const std::error_code error =
        std::visit([&](const auto& event) { return on(event, change); }, change.recorded.event);
    if (!error && tell) changes_.push_back(std::move(change));
    return error;
}

std::error_code Batch::on(const ChatSetUp& event, Change& change) {
    set_name(event.user, event.name);
    return on(RoomMade{event.room, event.room_name, {}, event.user, {}}, change);
}

std::error_code Batch::on(const UserJoined& event, Change&) {
    set_name(event.user, event.name);
    return {};
}
std::error_code Batch::on(const BotMade& event, Change&) {
    set_name(event.user, event.name);
    return {};
}
std::error_code Batch::on(const UserChanged& event, Change&) {
    if (event.name) set_name(event.user, *event.name);
    return {};
}
std::error_code Batch::on(const BotChanged& event, Change&) {
    if (event.name) set_name(event.user, *event.name);
    return {};
}

std::error_code Batch::on(const RoomMade& event, Change&) {
    if (number_of_room(event.room)) return {};
    const auto number = static_cast<RoomNumber>(names_.next_room() + made_rooms_.size());
    made_rooms_.emplace_back(number, event.room);
    rooms_[event.room] = number;
    return {};
}

std::error_code Batch::on(const RoomDeleted& event, Change&) {
    const auto number = number_of_room(event.room);
    if (!number) return {};
    gone_rooms_.emplace_back(*number, event.room);
    rooms_[event.room] = std::nullopt;
    has_gone_rooms_ = true;
    return {};
}

std::error_code Batch::on(const MessagePosted& event, Change& change) {
    const auto room = number_of_room(event.room);
    if (!room) return {};
    Working message;
    message.fresh = true;
    message.row.place = place_of(*room, change.recorded.sequence);
    message.row.id = change.recorded.id;
    message.row.creator = number_of(event.by);
    message.row.client_message_id = event.client_message_id;
    message.row.content = event.content;
    message.row.created_at = change.recorded.time;
    message.row.mentions = event.mentions;
    Working& kept = messages_[message.row.place] = std::move(message);
    touch(kept, change, Change::What::posted, event.room);
    return {};
}

std::error_code Batch::on(const MessageEdited& event, Change& change) {
    Working* message = nullptr;
    if (const auto error = find(event.room, event.message, message)) return error;
    if (message == nullptr) return {};
    message->row.content = event.content;
    message->row.mentions = event.mentions;
    message->row.edited_at = change.recorded.time;
    message->row.edit = change.recorded.id;
    touch(*message, change, Change::What::updated, event.room);
    return {};
}

std::error_code Batch::on(const MessageDeleted& event, Change& change) {
    Working* message = nullptr;
    if (const auto error = find(event.room, event.message, message)) return error;
    if (message == nullptr) return {};
    Row& row = message->row;
    row.deleted = true;
    row.content.clear();
    row.client_message_id.clear();
    message->boosts_changed = message->boosts_changed || !row.boosts.empty();
    row.boosts.clear();
    touch(*message, change, Change::What::removed, event.room);
    row.mentions.clear();
    return {};
}

std::error_code Batch::on(const Boosted& event, Change& change) {
    Working* message = nullptr;
    if (const auto error = find(event.room, event.message, message)) return error;
    if (message == nullptr) return {};
    const UserNumber user = number_of(event.by);
    std::vector<BoostRow>& boosts = message->row.boosts;
    const auto same = [&](const BoostRow& one) { return one.user == user && one.content == event.content; };
    if (std::ranges::any_of(boosts, same)) return {};
    boosts.push_back({user, event.content, change.recorded.sequence});
    message->boosts_changed = true;
    touch(*message, change, Change::What::updated, event.room);
    return {};
}

std::error_code Batch::on(const Unboosted& event, Change& change) {
    Working* message = nullptr;
    if (const auto error = find(event.room, event.message, message)) return error;
    if (message == nullptr) return {};
    const UserNumber user = number_of(event.by);
    const auto same = [&](const BoostRow& one) { return one.user == user && one.content == event.content; };
    if (std::erase_if(message->row.boosts, same) == 0) return {};
    message->boosts_changed = true;
    touch(*message, change, Change::What::updated, event.room);
    return {};
}

std::error_code Batch::find(const Id& room, const Id& id, Working*& found) {
    const auto number = number_of_room(room);
    if (!number) return {};
    const auto sequence = sequence_in_ledger(store_, room, id);
    if (!sequence) return sequence.error();
    if (!*sequence) return {};
    const Place place = place_of(*number, **sequence);
    auto known = messages_.find(place);
    if (known == messages_.end()) {
        auto row = tables_.row(place);
        if (!row) return row.error();
        if (!*row) return {};
        Working message;
        message.row = std::move(**row);
        const auto fresh = tables_.is_fresh(place);
        if (!fresh) return fresh.error();
        message.waits = *fresh;
        if (!message.waits) message.indexed = message.row.content;
        known = messages_.emplace(place, std::move(message)).first;
    }
    if (!known->second.row.deleted) found = &known->second;
    return {};
}

void Batch::touch(Working& message, Change& change, Change::What what, const Id& room) {
    message.touched = true;
    if (what != Change::What::posted) message.row.changed = change.recorded.sequence;
    if (!tell_) return;
    change.what = what;
    change.room = room;
    change.message = message.row.id;
    change.creator = named(message.row.creator).id;
    change.message_sequence = sequence_of(message.row.place);
    change.mentions = message.row.mentions;
    if (what == Change::What::removed) return;
    const auto name_of = [&](UserNumber number) { return named(number); };
    change.json = std::make_shared<const std::string>(to_json(shown(Row{message.row}, room, name_of)));
}

UserNumber Batch::number_of(const Id& user) {
    if (const auto known = user_numbers_.find(user); known != user_numbers_.end()) return known->second;
    auto number = names_.user(user);
    if (!number) {
        number = names_.next_user() + new_users_++;
        users_[*number] = {user, {}};
    }
    user_numbers_[user] = *number;
    return *number;
}

void Batch::set_name(const Id& user, const std::string& name) { users_[number_of(user)] = {user, name}; }

std::optional<RoomNumber> Batch::number_of_room(const Id& room) const {
    const auto known = rooms_.find(room);
    return known != rooms_.end() ? known->second : names_.room(room);
}

Names::Named Batch::named(UserNumber number) const {
    const auto known = users_.find(number);
    return known != users_.end() ? known->second : names_.user(number);
}

std::error_code Batch::write(const Tables::About& about, Names& names) {
    if (const auto error = tables_.begin()) return error;
    std::error_code error = write_rows();
    if (!error) error = tables_.write_about(about);
    if (!error) publish(names);
    if (!error) error = tables_.commit();
    if (error) tables_.roll_back();
    return error;
}

std::error_code Batch::write_rows() {
    for (const auto& [number, user] : users_) {
        if (const auto error = tables_.write_user(number, user.id, user.name)) return error;
    }
    for (const auto& [number, room] : made_rooms_) {
        if (const auto error = tables_.write_room(number, room, false)) return error;
    }
    for (const auto& [number, room] : gone_rooms_) {
        if (const auto error = tables_.write_room(number, room, true)) return error;
    }
    for (const auto& [place, message] : messages_) {
        if (!message.touched) continue;
        if (const auto error = write_row(message)) return error;
    }
    return {};
}

std::error_code Batch::write_row(const Working& message) {
    const Row& row = message.row;
    if (const auto error = message.fresh ? tables_.insert(row) : tables_.update(row)) return error;
    if (message.boosts_changed) {
        if (const auto error = tables_.write_boosts(row)) return error;
    }
    if (message.fresh && messages_.size() < kIndexedTogether) {
        ++fresh_;
        return tables_.add_fresh(row.place);
    }
    if (message.waits || message.indexed == row.content) return {};
    if (!message.indexed.empty()) {
        if (const auto error = tables_.unindex(row.place, message.indexed)) return error;
    }
    return row.content.empty() ? std::error_code{} : tables_.index(row.place, row.content);
}

void Batch::publish(Names& names) const {
    for (const auto& [number, user] : users_) names.set_user(number, user.id, user.name);
    for (const auto& [number, room] : made_rooms_) names.set_room(number, room);
    for (const auto& [number, room] : gone_rooms_) names.remove_room(room);
}

}  // namespace station::chat
