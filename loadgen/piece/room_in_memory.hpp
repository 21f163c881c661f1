// A room in memory, and a message that somebody posts there: what post_once() needs of a chat, without one. What is
// appended is there at once, or once settle() is called. Any thread may post, each a message of its own.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "chat/service/post_once.hpp"

namespace station::piece {

inline chat::Id id_of(std::uint64_t number) {
    std::array<std::byte, chat::Id::kSize> bytes{};
    for (std::size_t i = 0; i < 8; ++i) bytes[bytes.size() - 1 - i] = static_cast<std::byte>(number >> 8 * i);
    return chat::Id{bytes};
}

class Room {
  public:
    using Post = chat::Post;
    struct Message {
        std::optional<chat::Id> key;
        std::string by;
        std::string content;
        bool deleted = false;
        bool durable = true;
    };
    struct Draft {
        std::string by;
        std::string content;
        bool valid_client_message_id = true;
    };

    std::set<std::string> members{"ann", "ben"};  // changed by one thread only, and before others post
    bool is_slow = false;                         // what is appended is durable when settle() has come
    bool fails = false;                           // what is under way then is refused

    std::vector<Message> messages() const {
        const std::lock_guard lock{mutex_};
        return messages_;
    }
    // What was told, as "sequence".
    std::vector<std::uint64_t> told() const {
        const std::lock_guard lock{mutex_};
        return told_;
    }
    void remove(std::uint64_t sequence) {
        const std::lock_guard lock{mutex_};
        messages_.at(sequence).deleted = true;
    }

    std::optional<Post::First> find(const chat::Id& key, const std::string& by) const {
        const std::lock_guard lock{mutex_};
        for (std::uint64_t i = 0; i < messages_.size(); ++i) {
            const Message& message = messages_[i];
            if (message.durable && message.key == key) return Post::First{id_of(1000 + i), i, message.by == by};
        }
        return std::nullopt;
    }

    void append(const Draft& draft, const std::optional<Post::First>& first, const std::optional<chat::Id>& key,
                Post::Done then) {
        std::optional<chat::Answer<Post::Written>> answer;
        {
            const std::lock_guard lock{mutex_};
            if (const auto reason = rules(draft, first); !reason.empty()) {
                answer = chat::refused(reason);
            } else if (const auto there = with_key(key); there < messages_.size()) {
                if (messages_[there].durable) {
                    answer = written(there, true);
                } else {
                    waiting_.push_back({there, true, std::move(then)});
                }
            } else {
                messages_.push_back({key, draft.by, draft.content, false, !is_slow});
                if (is_slow) {
                    waiting_.push_back({there, false, std::move(then)});
                } else {
                    answer = written(there, false);
                }
            }
        }
        if (answer) then(std::move(*answer));
    }

    // All that is under way is durable, or none of it, and then it is answered.
    void settle() {
        std::vector<Waiting> waiting;
        {
            const std::lock_guard lock{mutex_};
            waiting.swap(waiting_);
            if (fails) std::erase_if(messages_, [](const Message& message) { return !message.durable; });
            for (Message& message : messages_) message.durable = true;
        }
        for (const Waiting& one : waiting) {
            if (fails) {
                one.then(chat::refused("storage_error"));
            } else {
                one.then(written(one.sequence, one.duplicate));
            }
        }
    }

    void tell(std::uint64_t sequence) {
        const std::lock_guard lock{mutex_};
        told_.push_back(sequence);
    }

  private:
    struct Waiting {
        std::uint64_t sequence;
        bool duplicate;
        Post::Done then;
    };

    static Post::Written written(std::uint64_t sequence, bool duplicate) {
        return {id_of(1000 + sequence), sequence, duplicate ? 0 : 7, duplicate};
    }

    // As the chat's rules, in their order: empty where it may be appended.
    std::string rules(const Draft& draft, const std::optional<Post::First>& first) const {
        if (!members.contains(draft.by)) return "not_a_member";
        if (first && !first->own) return "client_message_id_taken";
        if (first && messages_.at(first->sequence).deleted) return "message_deleted";
        if (first) return chat::kExists;
        if (!draft.valid_client_message_id) return "invalid_client_message_id";
        if (draft.content.empty()) return "invalid_content";
        return {};
    }
    std::uint64_t with_key(const std::optional<chat::Id>& key) const {
        std::uint64_t at = 0;
        while (at < messages_.size() && (!key || messages_[at].key != key)) ++at;
        return at;
    }

    mutable std::mutex mutex_;
    std::vector<Message> messages_;
    std::vector<std::uint64_t> told_;
    std::vector<Waiting> waiting_;
};

// One message on its way.
class Posting : public chat::Post {
  public:
    Posting(Room& room, Room::Draft draft, const chat::Id& key) : room_(room), draft_(std::move(draft)), key_(key) {}

    chat::Id key() const override { return key_; }
    std::optional<First> find(const chat::Id& key) const override { return room_.find(key, draft_.by); }
    void append(std::optional<First> first, std::optional<chat::Id> key, Done then) override {
        room_.append(draft_, first, key, std::move(then));
    }
    void tell(const Written& written) override { room_.tell(written.sequence); }

  private:
    Room& room_;
    const Room::Draft draft_;
    const chat::Id key_;
};

}  // namespace station::piece
