#include "messages.hpp"

#include <algorithm>
#include <station/base/text.hpp>
#include <utility>

#include "chat/model/text.hpp"
#include "post_once.hpp"

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

std::optional<Messages::Place> Messages::place(const Id& message) const {
    const auto found = book_.store().get(message);
    if (!found) return std::nullopt;
    const auto recorded = decode(*found);
    const auto* const posted = recorded ? std::get_if<MessagePosted>(&recorded->event) : nullptr;
    if (posted == nullptr) return std::nullopt;
    return Place{posted->room, posted->by, recorded->sequence};
}

// One on its way. Outlives the call.
class Messages::Posting final : public Post, public std::enable_shared_from_this<Posting> {
  public:
    Posting(Messages& its, const Caller& caller, const Id& room, std::string content, std::string client_message_id)
        : its_(its) {
        posted_.by = caller;
        posted_.said = {room, caller.user, std::move(content), std::move(client_message_id), {}};
    }

    Id key() const override { return message_key(posted_.said.room, posted_.said.client_message_id); }
    std::optional<First> find(const Id& key) const override {
        const auto found = its_.book_.store().find_key(key);
        if (!found || !*found) return std::nullopt;
        const auto recorded = decode(**found);
        const auto* const post = recorded ? std::get_if<MessagePosted>(&recorded->event) : nullptr;
        if (post == nullptr) return std::nullopt;
        return First{recorded->id, recorded->sequence, post->by == posted_.by.user};
    }
    void append(std::optional<First> first, std::optional<Id> key, Done then) override {
        const std::int64_t now = its_.now_();
        const auto propose = [&](const State& state) -> Book::Proposed<MessageAttempt> {
            const MessageAttempt attempt = prepare(state, first, now);
            if (!attempt.member) return std::pair{attempt, Book::Draft{}};
            return std::pair{attempt, Book::Draft{posted_.said, key}};
        };
        const auto written = [post = shared_from_this(), then = std::move(then)](Answer<Book::Written> answer) {
            if (!answer || answer->duplicate) post->give_back();
            if (!answer) return then(tl::unexpected(std::move(answer.error())));
            then(Written{answer->id, answer->sequence, answer->duplicate ? 0 : answer->time, answer->duplicate});
        };
        its_.book_.write(rules_to_post(), propose, written);
    }
    void tell(const Written& written) override {
        if (its_.appended_) its_.appended_(as_posted(written));
    }

    Posted as_posted(const Written& written) {
        posted_.id = written.id;
        posted_.sequence = written.sequence;
        posted_.time = written.time;
        posted_.duplicate = written.duplicate;
        return posted_;
    }

  private:
    // What the rules look at. Who may post is counted as if it were posted.
    MessageAttempt prepare(const State& state, const std::optional<First>& first, std::int64_t now) {
        MessageAttempt attempt;
        MessagePosted& said = posted_.said;
        const User* const by = posted_.by.in(state, now);
        const Room* const room = state.room(said.room);
        attempt.signed_in = by != nullptr;
        attempt.member = room != nullptr && room->member(said.by) != nullptr;
        attempt.exists = first.has_value();
        attempt.author = first && first->own;
        attempt.deleted = first && first->own && state.is_deleted(first->id);
        attempt.valid_client_message_id = is_client_message_id(said.client_message_id);
        said.content = std::string{trimmed(said.content)};
        attempt.valid_content = is_text(said.content, kMostOfMessage);
        if (attempt.member) said.mentions = mentioned(state, *room, said.content);
        const base::Lock lock{its_.mutex_};
        attempt.retry_after = its_.rate_.wait(said.by, now);
        has_spent_ = attempt.member && attempt.retry_after == 0;
        if (has_spent_) its_.rate_.spend(said.by, now);
        return attempt;
    }
    void give_back() {
        const base::Lock lock{its_.mutex_};
        if (std::exchange(has_spent_, false)) its_.rate_.give_back(posted_.by.user);
    }

    Messages& its_;
    Posted posted_;
    bool has_spent_ = false;
};

void Messages::post(const Caller& caller, const Id& room, std::string content, std::string client_message_id,
                    Done then) {
    const auto posting =
        std::make_shared<Posting>(*this, caller, room, std::move(content), std::move(client_message_id));
    post_once(posting, [posting, then = std::move(then)](Answer<Post::Written> answer) {
        if (!answer) return then(tl::unexpected(std::move(answer.error())));
        then(posting->as_posted(*answer));
    });
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
