// Messages as they are shown, and what a change of one is to those who look on.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chat/model/events.hpp"

namespace station::chat {

struct ShownBoost {
    Id creator;
    std::string creator_name;
    std::string content;
};

struct ShownMessage {
    Id id;
    Id room;
    Id creator;
    std::string creator_name;  // of now
    std::string content;
    std::string client_message_id;
    std::int64_t created_at = 0;  // ns since 1970
    std::optional<std::int64_t> edited_at = {};
    std::uint64_t sequence = 0;  // global
    std::vector<ShownBoost> boosts = {};
    std::vector<Id> mentions = {};
};

// `/play NAME` with one of the twelve; nullopt: it is text.
std::optional<std::string_view> sound_of(std::string_view content);

// One line, without a line break: docs/chat.md, "A message". `further` comes behind the last member:
// `,"duplicate":true`.
std::string to_json(const ShownMessage& message, std::string_view further = {});

// What the projection has just made durable in its tables, in the order of the ledger.
struct Change {
    enum class What { posted, updated, removed, other };
    What what = What::other;
    Recorded recorded;                             // the event
    std::shared_ptr<const std::string> json = {};  // posted, updated: the message as it is now
    Id room = {};                                  // of messages
    Id message = {};
    Id creator = {};  // of the message
    std::uint64_t message_sequence = 0;
    std::vector<Id> mentions = {};
};
// Shared by all who are told; never changed.
using Changes = std::shared_ptr<const std::vector<Change>>;

}  // namespace station::chat
