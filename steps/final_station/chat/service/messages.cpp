#include "messages.hpp"

#include <algorithm>
#include <station/base/text.hpp>

#include "chat/model/text.hpp"

namespace station::chat {
namespace {

bool belongs_to_login(char c) { return is_login(std::string_view{&c, 1}); }

}  // namespace

// "@anna," and "(@anna)" name anna; "mail@anna.org" names nobody. What a login may end with, a sentence may too, so the
// longest that somebody has counts.
std::vector<Id> mentioned(const State& state, const Room& room, std::string_view content) {
    std::vector<Id> found;
    for (std::size_t at = content.find('@'); at != std::string_view::npos; at = content.find('@', at + 1)) {
        if (at > 0 && (base::is_alphanumeric(content[at - 1]) || content[at - 1] == '.' || content[at - 1] == '@'))
            continue;
        std::size_t end = at + 1;
        while (end < content.size() && end - at <= kMostOfLogin && belongs_to_login(content[end])) ++end;
        for (; end > at + 1; --end) {
            const User* const who = state.user_with_login(content.substr(at + 1, end - at - 1));
            if (who != nullptr) {
                if (room.member(who->id) != nullptr && std::ranges::find(found, who->id) == found.end()) {
                    found.push_back(who->id);
                }
                break;
            }
            if (base::is_alphanumeric(content[end - 1])) break;
        }
    }
    return found;
}

std::optional<Messages::Existing> Messages::existing(const Id& key) const {
    const auto found = book_.store().find_key(key);
    if (!found || !*found) return std::nullopt;
    const auto recorded = decode(**found);
    const auto* const posted = recorded ? std::get_if<MessagePosted>(&recorded->event) : nullptr;
    if (posted == nullptr) return std::nullopt;
    return Existing{recorded->id, posted->by, recorded->sequence};
}

std::optional<Messages::Place> Messages::place(const Id& message) const {
    const auto found = book_.store().get(message);
    if (!found) return std::nullopt;
    const auto recorded = decode(*found);
    const auto* const posted = recorded ? std::get_if<MessagePosted>(&recorded->event) : nullptr;
    if (posted == nullptr) return std::nullopt;
    return Place{posted->room, posted->by, recorded->sequence};
}

void Messages::post(const Caller& caller, const Id& room_id, std::string content, std::string client_message_id,
                    Done then) {
    const Id key = message_key(room_id, client_message_id);
    const auto there = existing(key);
    const std::int64_t now = now_();
    const auto posted = std::make_shared<Posted>();
    posted->by = caller;
    const auto has_spent = std::make_shared<bool>(false);
    const auto propose = [&](const State& state) -> Book::Proposed<MessageAttempt> {
        MessageAttempt its;
        const User* const by = caller.in(state, now);
        const Room* const room = state.room(room_id);
        its.signed_in = by != nullptr;
        its.member = room != nullptr && room->member(caller.user) != nullptr;
        its.exists = there.has_value();
        its.author = there && there->author == caller.user;
        its.deleted = there && its.author && state.is_deleted(there->id);
        its.valid_client_message_id = is_client_message_id(client_message_id);
        const std::string_view said = trimmed(content);
        its.valid_content = is_text(said, kMostOfMessage);
        const base::Lock lock{mutex_};
        its.retry_after = rate_.wait(caller.user, now);
        if (!its.member) return std::pair{its, Book::Draft{}};
        if (its.retry_after == 0) {
            rate_.spend(caller.user, now);
            *has_spent = true;
        }
        posted->said = {room_id, caller.user, std::string{said}, client_message_id, mentioned(state, *room, said)};
        return std::pair{its, Book::Draft{posted->said, key}};
    };
    const auto written = [this, posted, there, has_spent, then = std::move(then)](Answer<Book::Written> answer) {
        if (const bool is_new = answer && !answer->duplicate; *has_spent && !is_new) {
            const base::Lock lock{mutex_};
            rate_.give_back(posted->by.user);
        }
        if (!answer && answer.error().reason == kExists) {
            posted->id = there->id;
            posted->sequence = there->sequence;
            posted->duplicate = true;
            return then(*posted);
        }
        if (!answer) return then(tl::unexpected(std::move(answer.error())));
        posted->id = answer->id;
        posted->sequence = answer->sequence;
        posted->time = answer->time;
        posted->duplicate = answer->duplicate;
        if (!posted->duplicate) {
            if (appended_) appended_(*posted);
            return then(*posted);
        }
        // Who was first may have been another.
        const auto first = place(posted->id);
        if (first && first->author != posted->by.user) return then(refused("client_message_id_taken"));
        then(*posted);
    };
    book_.write(rules_to_post(), propose, written);
}

MessageAttempt Messages::attempt(const State& state, const Caller& caller, const Id& message,
                                 const std::optional<Place>& where) const {
    MessageAttempt attempt;
    const User* const by = caller.in(state, now_());
    attempt.signed_in = by != nullptr;
    attempt.administrator = by != nullptr && by->role == Role::administrator;
    attempt.exists = where.has_value();
    attempt.member = where && state.membership(where->room, caller.user) != nullptr;
    attempt.author = where && where->author == caller.user;
    attempt.deleted = state.is_deleted(message);
    return attempt;
}

void Messages::edit(const Caller& caller, const Id& message, std::string content, Book::Done then) {
    const auto where = place(message);
    const auto propose = [&](const State& state) -> Book::Proposed<MessageAttempt> {
        MessageAttempt its = attempt(state, caller, message, where);
        const std::string said{trimmed(content)};
        its.valid_content = is_text(said, kMostOfMessage);
        if (!its.member) return std::pair{its, Book::Draft{}};
        const Room& room = *state.room(where->room);
        return std::pair{its, Book::Draft{MessageEdited{where->room, message, caller.user, said,
                                                        mentioned(state, room, said)}}};
    };
    book_.write(rules_to_edit(), propose, std::move(then));
}

void Messages::remove(const Caller& caller, const Id& message, Book::Done then) {
    const auto where = place(message);
    const auto propose = [&](const State& state) -> Book::Proposed<MessageAttempt> {
        const Id room = where ? where->room : Id{};
        return std::pair{attempt(state, caller, message, where),
                         Book::Draft{MessageDeleted{room, message, caller.user}}};
    };
    book_.write(rules_to_delete(), propose, std::move(then));
}

void Messages::boost(const Caller& caller, const Id& message, std::string content, bool on, Book::Done then) {
    const auto where = place(message);
    const auto propose = [&](const State& state) -> Book::Proposed<MessageAttempt> {
        MessageAttempt its = attempt(state, caller, message, where);
        const std::string said{trimmed(content)};
        its.valid_content = is_line(said, kMostOfBoost);
        const Id room = where ? where->room : Id{};
        Event event = Boosted{room, message, caller.user, said};
        if (!on) event = Unboosted{room, message, caller.user, said};
        return std::pair{its, Book::Draft{std::move(event)}};
    };
    book_.write(rules_to_boost(), propose, std::move(then));
}

}  // namespace station::chat
