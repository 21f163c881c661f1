// What can be done with messages, the same for people and for bots: these differ in how a text comes in and how an
// answer goes out.
#pragma once

#include "api.hpp"

namespace station::chat {

inline constexpr std::size_t kMostOfPage = 100;
inline constexpr std::size_t kUsualPage = 40;

// 1 to kMostOfPage; kUsualPage where none is given.
Answer<std::size_t> limit_of(const Call& call);

// The message as it is now; message_deleted, not_found where there is none for whoever asks.
net::Awaitable<Answer<ShownMessage>> message_for(Call& call, Id id);

struct PostedMessage {
    ShownMessage message;
    bool duplicate = false;
};
net::Awaitable<Answer<PostedMessage>> post(Call& call, Id room, std::string content, std::string client_message_id);
net::Awaitable<Answer<ShownMessage>> edit(Call& call, Id message, std::string content);
net::Awaitable<Answer<Book::Written>> remove_message(Call& call, Id message);
net::Awaitable<Answer<ShownMessage>> boost(Call& call, Id message, std::string content, bool on);

// A page of the room's messages, with its Link header; before, after, around and limit as the query says.
Handled page_of(Call& call, Id room);
inline const std::vector<std::string_view> kPageParameters{"before", "after", "around", "limit"};

}  // namespace station::chat
